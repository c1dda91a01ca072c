import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { buildSchema } from '../descriptor/build-schema.ts';
import { toyProtos } from '../toy-cloud.fake.ts';
import { buildPathTable, matchPath } from './path-table.ts';
import type { PathRow } from './path-table.ts';

const place = 'projects/p/locations/l';
const service = `${place}/services/s`;
const revision = `${service}/revisions/r`;
const pool = `${place}/workerPools/w`;
const operation = `${place}/operations/o`;

/** All methods of Cloud Run v2 that Rollout is concerned with, as REST reaches them. */
const expected: readonly [method: string, call: string, variables: object, body: string][] = [
  ['run.v2.Services.CreateService', `POST /v2/${place}/services`, { parent: place }, 'service'],
  ['run.v2.Services.GetService', `GET /v2/${service}`, { name: service }, ''],
  ['run.v2.Services.ListServices', `GET /v2/${place}/services`, { parent: place }, ''],
  ['run.v2.Services.UpdateService', `PATCH /v2/${service}`, { 'service.name': service }, 'service'],
  ['run.v2.Services.DeleteService', `DELETE /v2/${service}`, { name: service }, ''],
  ['run.v2.Services.GetIamPolicy', `GET /v2/${service}:getIamPolicy`, { resource: service }, ''],
  ['run.v2.Services.SetIamPolicy', `POST /v2/${service}:setIamPolicy`, { resource: service }, '*'],
  [
    'run.v2.Services.TestIamPermissions',
    `POST /v2/${service}:testIamPermissions`,
    { resource: service },
    '*',
  ],
  ['run.v2.Revisions.GetRevision', `GET /v2/${revision}`, { name: revision }, ''],
  ['run.v2.Revisions.ListRevisions', `GET /v2/${service}/revisions`, { parent: service }, ''],
  ['run.v2.Revisions.DeleteRevision', `DELETE /v2/${revision}`, { name: revision }, ''],
  // Additional bindings: revisions of worker pools are of the same service.
  [
    'run.v2.Revisions.GetRevision',
    `GET /v2/${pool}/revisions/r`,
    { name: `${pool}/revisions/r` },
    '',
  ],
  ['run.v2.Revisions.ListRevisions', `GET /v2/${pool}/revisions`, { parent: pool }, ''],
  [
    'run.v2.Revisions.DeleteRevision',
    `DELETE /v2/${pool}/revisions/r`,
    { name: `${pool}/revisions/r` },
    '',
  ],
  ['Operations.ListOperations', `GET /v2/${place}/operations`, { name: place }, ''],
  ['Operations.GetOperation', `GET /v2/${operation}`, { name: operation }, ''],
  ['Operations.DeleteOperation', `DELETE /v2/${operation}`, { name: operation }, ''],
  ['Operations.WaitOperation', `POST /v2/${operation}:wait`, { name: operation }, '*'],
];

let table: readonly PathRow[];

before(async () => {
  table = buildPathTable((await buildSchema(toyProtos)).methods);
});

function nameOf({ method }: PathRow): string {
  return `${method.service}.${method.name}`.replace(/^google\.(cloud|longrunning)\./, '');
}

describe('Cloud Run v2', () => {
  for (const [method, call, variables, body] of expected) {
    test(`${call} is ${method}`, () => {
      const [verb = '', path = ''] = call.split(' ');
      const found = matchPath(table, verb, path);
      assert.ok(found);
      assert.deepEqual(
        [nameOf(found), found.variables, found.binding.body],
        [method, variables, body],
      );
    });
  }

  test('has no other method of services, revisions and operations', () => {
    const served = table
      .filter(({ binding }) => binding.path.text.startsWith('/v2/'))
      .map((row) => nameOf(row));
    assert.deepEqual(served.toSorted(), expected.map(([method]) => method).toSorted());
  });
});

test('no path leads to another method than its own', () => {
  for (const row of table) {
    const { verb, path } = row.binding;
    const sample = path.text
      .replaceAll(/\{[^}=]+=([^}]+)\}/g, '$1')
      .replaceAll(/\*+|\{[^}]+\}/g, 'x');
    const found = matchPath(table, verb, sample);
    assert.equal(found?.method, row.method, `${verb} ${sample}`);
  }
});
