import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { T, COUNT, LATENCIES, asked, align, client } from './metric-rig.fake.ts';
import type { Request } from './metric-rig.fake.ts';

describe('refuses', () => {
  const refused: readonly [says: string, request: Request, message: RegExp][] = [
    ['no metric', asked('resource.type = "cloud_run_revision"'), /^3 .* must name one metric/],
    ['two metrics', asked(`${COUNT} AND ${LATENCIES}`), /^3 .* must name one metric/],
    ['a metric that is not there', asked('metric.type = "a"'), /^5 .* no metric has the type a/],
    ['an unknown field', asked(`${COUNT} AND metric.labels.code = "1"`), /^3 .* no such field/],
    ['an unknown function', asked(`${COUNT} AND metric.type = near("x")`), /^3 .* this function/],
    ['an unknown operator', asked('metric.type > "x"'), /^3 .* character 13, .* expected =/],
    ['a quote that does not end', asked('metric.type = "x'), /^3 .* no text in quotes/],
    [
      'AND beside OR',
      asked(`${COUNT} AND project = "p" OR project = "q"`),
      /^3 .* side by side: expected parentheses/,
    ],
    [
      'a reducer without an aligner',
      { ...asked(COUNT), aggregation: { crossSeriesReducer: 'REDUCE_SUM' } },
      /^3 .* REDUCE_SUM needs a per_series_aligner/,
    ],
    ['a period below the metric’s', { ...asked(COUNT), ...align(30, 'ALIGN_DELTA') }, /^3 .* 60 s/],
    ['no period', { ...asked(COUNT), ...align(0, 'ALIGN_DELTA') }, /^3 .* expected whole seconds/],
    [
      'a percentile of counts',
      { ...asked(COUNT), ...align(60, 'ALIGN_PERCENTILE_99') },
      /^3 .* does not take series of DELTA INT64/,
    ],
    [
      'an aligner that is not modelled',
      { ...asked(COUNT), ...align(60, 'ALIGN_STDDEV') },
      /^12 .* does not model ALIGN_STDDEV/,
    ],
    [
      'latencies by status',
      asked(`${LATENCIES} AND metric.labels.response_code = "200"`),
      /^12 .* does not keep latencies by response_code/,
    ],
    [
      'an interval that ends before it starts',
      { ...asked(COUNT), interval: { startTime: { seconds: T }, endTime: { seconds: T - 1 } } },
      /^3 .* is after end_time/,
    ],
    [
      'a page that nobody gave',
      { ...asked(COUNT), pageToken: 'x' },
      /^3 .* not one that was given/,
    ],
  ];
  for (const [says, request, message] of refused) {
    test(says, async () => {
      await assert.rejects(client.listTimeSeries(request, { autoPaginate: false }), { message });
    });
  }
});

describe('descriptors', () => {
  const name = 'projects/p/metricDescriptors/run.googleapis.com/request_latencies';

  test('say how often and how late there are points', async () => {
    const [descriptor] = await client.getMetricDescriptor({ name });
    const { type, metricKind, valueType, unit, metadata, labels } = descriptor;
    assert.deepEqual(
      [descriptor.name, type, metricKind, valueType, unit, labels?.map(({ key }) => key)],
      [
        name,
        'run.googleapis.com/request_latencies',
        'DELTA',
        'DISTRIBUTION',
        'ms',
        ['response_code', 'response_code_class'],
      ],
    );
    assert.equal(Number(metadata?.samplePeriod?.seconds), 60);
    assert.equal(Number(metadata?.ingestDelay?.seconds), 180);
  });

  test('can be listed and filtered', async () => {
    const listed = async (filter: string) => {
      const [found] = await client.listMetricDescriptors({ name: 'projects/p', filter });
      return found.map(({ type }) => type);
    };
    const both = ['run.googleapis.com/request_count', 'run.googleapis.com/request_latencies'];
    assert.deepEqual(await listed(''), both);
    assert.deepEqual(await listed('metric.type = starts_with("run.googleapis.com/")'), both);
    assert.deepEqual(await listed(COUNT), both.slice(0, 1));
    await assert.rejects(
      client.getMetricDescriptor({ name: 'projects/p/metricDescriptors/run.googleapis.com/cpu' }),
      { code: 5 },
    );
  });

  test('tell the labels of the resource', async () => {
    const [[revision, ...others]] = await client.listMonitoredResourceDescriptors({
      name: 'projects/p',
    });
    assert.deepEqual(others, []);
    assert.deepEqual(
      [revision?.type, revision?.labels?.map(({ key }) => key)],
      [
        'cloud_run_revision',
        ['project_id', 'service_name', 'revision_name', 'location', 'configuration_name'],
      ],
    );
  });
});
