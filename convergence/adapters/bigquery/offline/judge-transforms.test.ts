import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { loadTenantConfig } from '../../../engine/pipeline/load-tenant-config.ts';
import { openSqlJudge } from './open-sql-judge.ts';
import type { SqlJudge } from './open-sql-judge.ts';

const SCHEMA = `table: orders
columns:
  - { name: id, type: bigint }
  - { name: amount, type: "decimal(18,2)" }
  - { name: ordered_at, type: timestamptz }
  - { name: tags, type: "text[]" }
`;
const SOURCE = `type: file
resources:
  - { name: orders, path: data/orders.csv, schema: schemas/orders.yml }
  - { name: clicks, path: data/clicks.csv }
`;
const PIPELINE = `pipeline_id: daily
parameters: { least: 3, since: "it's" }
steps:
  - { name: model, type: transform, transforms: transforms/*.sql }
`;

describe('transforms that are to run on BigQuery', () => {
  let judge: SqlJudge;
  before(async () => {
    judge = await openSqlJudge();
  });
  after(() => judge.close());

  /** `file:line:column: message` of problems, then of remarks. */
  async function judged(transforms: Record<string, string>): Promise<string[][]> {
    const files = new Map(
      Object.entries(transforms).map(([name, text]) => [`transforms/${name}.sql`, text]),
    );
    const config = loadTenantConfig(
      new Map([
        ['schemas/orders.yml', SCHEMA],
        ['sources/shop.yml', SOURCE],
        ['pipelines/daily.yml', PIPELINE],
        ...files,
      ]),
    );
    assert.deepEqual(config.problems, []);
    const { problems, remarks } = await judge.judge(config);
    return [problems, remarks].map((found) =>
      found.map(
        ({ file, line, column, message }) =>
          `${file.replace('transforms/', '')}:${line}:${column}: ${message}`,
      ),
    );
  }

  test('are judged over declared columns and over what other transforms give', async () => {
    const daily = `/*
materialized: incremental
unique_key: day
partition_by: day
*/
SELECT DATE(ordered_at) AS day, COUNT(*) AS orders, SUM(amount) AS amount
FROM {{ ref('orders') }} WHERE amount >= {{ params.least }} AND tags[SAFE_OFFSET(0)] <> {{ params.since }}
{% if is_incremental() %} AND DATE(ordered_at) >= (SELECT MAX(day) FROM {{ this }}){% endif %}
GROUP BY day`;
    const monthly =
      'SELECT DATE_TRUNC(day, MONTH) AS month, SUM(orders) AS orders FROM daily GROUP BY 1';
    const loads = 'SELECT _load_id, MAX(_loaded_at) AS at_ FROM orders GROUP BY 1';
    const bad =
      'SELECT part, COUNT(*) AS bad_rows FROM _quarantine, UNNEST(rules) AS rule GROUP BY part';
    assert.deepEqual(await judged({ a_monthly: monthly, bad, daily, loads }), [[], []]);
  });

  test('have their mistakes placed in the file, also behind a tag', async () => {
    const mistakes = {
      column:
        "-- materialized: view\nSELECT 1 AS one,\n  o.id, {{ params.least }}, o.amuont FROM {{ ref('orders') }} AS o",
      dialect: 'SELECT ordered_at::DATE AS day FROM orders',
      type: "SELECT id FROM {{ ref('orders') }} WHERE id = 'x'",
      reach: 'SELECT 1 AS one, 2 AS two\nFROM other.orders',
      later:
        '-- materialized: incremental\nSELECT id FROM orders {% if is_incremental() %}\n WHERE id > (SELECT MAX(idd) FROM {{ this }}){% endif %}',
    };
    assert.deepEqual(await judged(mistakes), [
      [
        'reach.sql:2:6: other.orders is outside the dataset of the tenant',
        'column.sql:3:31: Name amuont not found inside o',
        'dialect.sql:1:18: Syntax error: Expected end of input but got ":"',
        'later.sql:3:25: Unrecognized name: idd; Did you mean id?',
        'type.sql:1:42: No matching signature for operator = for argument types: INT64, STRING. Supported signature: ANY = ANY',
      ],
      [],
    ]);
  });

  test('must be able to become what their headers say', async () => {
    const headers = {
      cluster: '-- cluster_by: [tags, id]\nSELECT tags, id FROM orders',
      key: '/*\nmaterialized: incremental\nunique_key: nr\n*/\nSELECT id FROM orders',
      names: 'SELECT id, id, 1 FROM orders',
      partition: '-- partition_by: id\nSELECT id FROM orders',
    };
    assert.deepEqual((await judged(headers))[0], [
      "cluster.sql:2:1: cluster_by names the column 'tags', which is ARRAY of STRING, expected STRING, INTEGER, NUMERIC, BIGNUMERIC, DATE, DATETIME, TIMESTAMP, BOOLEAN, GEOGRAPHY, RANGE",
      "key.sql:5:1: unique_key names the column 'nr', expected one of id",
      "names.sql:1:1: two columns of the result are named 'id'",
      'names.sql:1:1: column 3 of the result has no name; add AS name',
      "partition.sql:2:1: partition_by names the column 'id', which is INTEGER, expected DATE, DATETIME, TIMESTAMP",
    ]);
  });

  test('are told apart from what nobody can judge', async () => {
    const unknown = {
      a_first: 'SELECT page FROM clicks JOIN ordres USING (id)',
      b_second: 'SELECT page FROM a_first',
      c_broken: 'SELECT page FROM clicks WHERE',
      d_all: 'SELECT id, COUNT(*) AS n FROM orders GROUP BY ALL',
    };
    const rest = 'are not known; declare them in schemas/';
    assert.deepEqual(await judged(unknown), [
      ['c_broken.sql:1:30: Syntax error: Unexpected end of script'],
      [
        `a_first.sql:1:1: only the grammar was judged: the columns of clicks, ordres (which nothing here makes; did you mean 'orders'?) ${rest}`,
        `b_second.sql:1:1: only the grammar was judged: the columns of a_first ${rest}`,
        'd_all.sql:1:47: not judged: GROUP BY ALL is not supported by the analyzer',
      ],
    ]);
  });

  test('may not read each other in a circle', async () => {
    const circle = { x: 'SELECT a FROM y', y: 'SELECT a FROM x' };
    assert.deepEqual(await judged(circle), [
      [
        'x.sql:1:1: transforms read each other in a circle: transforms/x.sql -> transforms/y.sql -> transforms/x.sql',
      ],
      [],
    ]);
  });
});
