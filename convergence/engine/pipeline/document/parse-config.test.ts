import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { pipelineSpec } from '../spec/pipeline-spec.ts';
import { formatProblem } from 'base/document/problem.ts';
import { sourceSpec } from '../spec/source-spec.ts';
import { tableSpec } from '../spec/table-spec.ts';
import { parseConfig } from './parse-config.ts';
import { readYaml } from 'base/document/yaml-document.ts';

function problemsOf(schema: z.ZodType, text: string): string[] {
  const { document } = readYaml('f', text);
  assert.ok(document);
  return parseConfig(document, schema).problems.map((problem) => formatProblem(problem).slice(2));
}

/** Of a rest_api source with this client and this first resource. */
function ofRest(client: string, resource = 'a'): string[] {
  const text = `type: rest_api\nclient:\n  base_url: https://a\n${client}\nresources:\n  - ${resource}\n`;
  return problemsOf(sourceSpec, text);
}

test('of alternatives the one is reported that the author meant', () => {
  assert.deepEqual(ofRest('  paginator: jsn_link'), [
    "4:14: 'paginator' is 'jsn_link'; expected one of json_link, header_link, header_cursor, cursor, single_page, auto or page_number; did you mean 'json_link'?",
  ]);
  assert.deepEqual(ofRest('  paginator: { type: offset }'), [
    "4:3: 'limit' is missing; expected a number",
  ]);
  assert.deepEqual(
    ofRest('  paginator: {}').map((text) => text.slice(0, 28)),
    ["4:3: 'type' is missing; expe"],
  );
  assert.deepEqual(ofRest('  paginator: 3'), ["4:14: 'paginator' is 3; expected text or a map"]);
  assert.deepEqual(ofRest('', '{ name: a, endpoint: { pth: x } }'), [
    "6:28: 'pth' is not a known key; expected path, method, headers, params, json, data_selector, paginator, incremental or response_actions; did you mean 'path'?",
  ]);
  assert.deepEqual(ofRest('', '{ name: a, endpoint: { params: { x: { type: resolv } } } }'), [
    "6:49: 'type' is 'resolv'; expected one of incremental or resolve; did you mean 'resolve'?",
  ]);
  assert.deepEqual(
    ofRest('', '{ name: a, endpoint: { params: { x: { type: resolve, resource: b } } } }'),
    ["6:38: 'field' is missing; expected text"],
  );
  assert.deepEqual(ofRest('', '{ name: a, write_disposition: upsert }'), [
    "6:35: 'write_disposition' is 'upsert'; expected one of append, replace or merge",
  ]);
});

test('what a key or a header may hide is not shown', () => {
  assert.deepEqual(ofRest('  auth: { type: bearer, token: 123456 }'), [
    "4:32: 'token' is ***; expected text",
  ]);
  assert.deepEqual(ofRest('  headers: { X-Shop: 123456 }'), [
    "4:22: 'X-Shop' is ***; expected text",
  ]);
  assert.deepEqual(problemsOf(pipelineSpec, 'pipeline_id: postgres://me:pw@h\nsteps: []'), [
    "1:14: 'pipeline_id' is 'postgres://me:***@h'; expected a name of letters, digits, _ and -, at most 100 long",
    "2:8: 'steps' is an empty list; expected at least 1 item",
  ]);
});

test('a missing key stands at what should hold it, a wrong key at itself', () => {
  const text = `table: t
columns:
  - type: text
  - name: b
    type: [text]
    nulable: true
partition_by:
  field: x
`;
  assert.deepEqual(problemsOf(tableSpec, text), [
    "3:5: 'name' is missing; expected text",
    "5:11: 'type' is a list of 1; expected text",
    "6:5: 'nulable' is not a known key; expected name, type, nullable or description; did you mean 'nullable'?",
    "7:1: 'type' is missing; expected one of day, hour, month, year or range",
  ]);
});

test('an expression where no text may stand says so', () => {
  const steps = 'steps: [{ name: a, type: dq, checks: c, timeout: "{{ params.t }}" }]';
  assert.deepEqual(problemsOf(pipelineSpec, `pipeline_id: a\n${steps}`), [
    "2:50: 'timeout' is '{{ params.t }}'; expected a duration such as 500ms, 10s, 5m, 2h or 1d; write a fixed value: {{ }} stands only where any text may stand",
  ]);
});

test('keys of dlt that would change the result say what to do instead', () => {
  const resource =
    '{ name: a, columns: {}, max_table_nesting: 0, parallelized: true, selected: false }';
  assert.deepEqual(ofRest('', resource), [
    "6:81: 'selected' is false; expected true",
    "6:16: 'columns' is not supported; declare types in schemas/*.yml and name the file under schema",
    "6:29: 'max_table_nesting' is not supported; nested values are kept as STRUCT and ARRAY columns of one table",
  ]);
});
