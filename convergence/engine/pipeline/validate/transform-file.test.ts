import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from 'base/document/problem.ts';
import { readTransform } from './transform-file.ts';

function read(text: string) {
  const { spec, problems } = readTransform('transforms/daily.sql', text);
  return {
    header: spec?.header,
    template: spec?.template,
    firstLine: spec?.firstLine,
    problems: problems.map((problem) =>
      formatProblem(problem).replace('transforms/daily.sql:', ''),
    ),
  };
}

const sql = 'SELECT 1 -- one\n';

test('a header is a block or lines of comment at the top, or absent', () => {
  const view = { header: { materialized: 'view' }, template: sql, problems: [] };
  assert.deepEqual(read(`/*\nmaterialized: view\n*/\n${sql}`), { ...view, firstLine: 4 });
  assert.deepEqual(read(`/* materialized: view */ ${sql}`), { ...view, firstLine: 1 });
  assert.deepEqual(read(`\n-- materialized: view\n\n${sql}`), { ...view, firstLine: 4 });
  const table = { header: { materialized: 'table' }, problems: [] };
  assert.deepEqual(read(sql), { ...table, template: sql, firstLine: 1 });
  const remark = `-- Delays of the day, by airport\n${sql}`;
  assert.deepEqual(read(remark), { ...table, template: remark, firstLine: 1 });
});

test('mistakes in the header stand where they are in the file', () => {
  const header = '--  materialized: vew\n--  unique_kye: id\n';
  assert.deepEqual(read(header + sql).problems, [
    "1:19: 'materialized' is 'vew'; expected one of view, table or incremental; did you mean 'view'?",
    "2:5: 'unique_kye' is not a known key; expected description, materialized, unique_key, partition_by, cluster_by or checks; did you mean 'unique_key'?",
  ]);
});

test('there must be SQL', () => {
  assert.deepEqual(read('-- materialized: view\n/* nothing */').problems, [
    '2:1: there is no SQL; expected one SELECT below the header',
  ]);
});
