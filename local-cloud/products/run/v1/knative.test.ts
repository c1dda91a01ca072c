import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { CloudRig, template, to } from '../../../control-plane/cloud-rig.fake.ts';

interface Answer {
  readonly status: number;
  readonly body: Resource;
}

interface Resource {
  readonly metadata: {
    readonly labels: object;
    readonly annotations: object;
    readonly resourceVersion: string;
    readonly generation: number;
  };
  readonly spec: { readonly template: object; readonly traffic: readonly object[] };
  readonly status: {
    readonly observedGeneration: number;
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
    readonly traffic: readonly { readonly revisionName: string; readonly percent?: number }[];
  };
  readonly items: readonly (Resource & { readonly metadata: { readonly name: string } })[];
  readonly error: { readonly status: string; readonly message: string };
}

let rig: CloudRig;
before(async () => {
  rig = await CloudRig.start();
});
after(() => rig.end());

/** As gcloud calls the API of a region. */
async function call(method: string, path: string, body?: object): Promise<Answer> {
  const { hostname, port } = new URL(rig.cloud.endpoints.rest);
  const headers = { host: 'here-run.localhost' };
  const full = `/apis/serving.knative.dev/v1/namespaces/local/${path}`;
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path: full, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Resource }),
      );
    });
    asked.on('error', reject).end(body && JSON.stringify(body));
  });
}

async function get(path: string): Promise<Resource> {
  return (await call('GET', path)).body;
}

/** Sends a service back with other traffic, and waits until that is in force. */
async function route(id: string, traffic: readonly object[]): Promise<Resource> {
  const read = await get(`services/${id}`);
  const { status: _, ...sent } = read;
  const { status, body } = await call('PUT', `services/${id}`, {
    ...sent,
    spec: { ...read.spec, traffic },
  });
  assert.equal(status, 200, JSON.stringify(body));
  for (;;) {
    const now = await get(`services/${id}`);
    const { observedGeneration } = now.status;
    if (observedGeneration === body.metadata.generation) return now;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a service and its revision are shown as gcloud expects them', async () => {
  await rig.create('shown', {
    labels: { team: 'a' },
    template: { ...template('shown-one'), timeout: { seconds: 30 } },
  });
  const { metadata, spec, status } = await get('services/shown');
  assert.deepEqual(metadata.labels, { team: 'a', 'cloud.googleapis.com/location': 'here' });
  assert.deepEqual(spec.traffic, [{ latestRevision: true, percent: 100 }]);
  assert.deepEqual(
    status.conditions.map((one) => [one.type, one.status]),
    [
      ['Ready', 'True'],
      ['RoutesReady', 'True'],
      ['ConfigurationsReady', 'True'],
    ],
  );
  assert.deepEqual(
    status.traffic.map(({ revisionName, percent }) => [revisionName, percent]),
    [['shown-one', 100]],
  );
  const selected = await get('revisions?labelSelector=serving.knative.dev%2Fservice%3Dshown');
  const [revision] = selected.items;
  assert.deepEqual(
    [revision?.metadata.name, revision?.status.conditions.map((one) => [one.type, one.status])],
    [
      'shown-one',
      [
        ['Ready', 'True'],
        ['ContainerHealthy', 'True'],
        ['ResourcesAvailable', 'True'],
        ['Active', 'True'],
      ],
    ],
  );
  assert.deepEqual(await get('revisions/shown-one'), revision);
});

test('a service that is sent back with other traffic makes no revision and loses no field', async () => {
  const description = 'has no place in v1';
  await rig.create('kept', { template: template('kept-one'), description });
  await rig.update('kept', { template: template('kept-two', { A: '1' }) }, ['template']);
  const before = await rig.get('kept');
  const moved = await route('kept', [
    { revisionName: 'kept-one', percent: 90 },
    { revisionName: 'kept-two', percent: 10, tag: 'next' },
  ]);
  assert.deepEqual(
    moved.status.traffic.map(({ revisionName, percent }) => [revisionName, percent]),
    [
      ['kept-one', 90],
      ['kept-two', 10],
    ],
  );
  const after = await rig.get('kept');
  assert.deepEqual(
    after.traffic?.map(({ type, ...target }) => [type, target.revision]),
    [
      [to('', 0).type, 'kept-one'],
      [to('', 0).type, 'kept-two'],
    ],
  );
  assert.deepEqual([after.template, after.description], [before.template, description]);
});

test('refuses what v2 cannot do, and a version that is not the newest', async () => {
  await rig.create('strict', { template: template('strict-one') });
  const { status: _, ...read } = await get('services/strict');
  const put = async (change: object) =>
    (await call('PUT', 'services/strict', { ...read, ...change })).body.error;
  const metadata = { ...read.metadata, resourceVersion: 'old' };
  assert.equal((await put({ metadata })).status, 'ABORTED');
  const strange = { ...read.spec, template: { ...read.spec.template, gpu: 1 } };
  assert.match((await put({ spec: strange })).message, /Unknown name "gpu" at 'spec\.template'/);
  const annotations = { 'run.googleapis.com/ingress': 'nobody' };
  assert.match(
    (await put({ metadata: { ...read.metadata, annotations } })).message,
    /ingress is nobody: expected all, internal/,
  );
  assert.deepEqual((await get('services/absent')).error, {
    code: 404,
    status: 'NOT_FOUND',
    message: `Resource 'absent' of kind 'SERVICE' in region 'here' in project 'local' does not exist.`,
  });
  const busy = (await call('DELETE', 'revisions/strict-one')).body.error;
  assert.match(busy.message, /move its traffic/);
  assert.equal((await call('DELETE', 'services/strict')).status, 200);
});
