import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from 'base/document/problem.ts';
import { loadTenantConfig } from '../load-tenant-config.ts';

function problemsOf(text: string): string[] {
  const files = new Map([['sources/objects.yml', `type: object_storage\n${text}`]]);
  const { problems } = loadTenantConfig(files, ['id', 'key', 'json']);
  return problems.map(formatProblem);
}

const s3 = `credentials:
  access_key_id: "{{ secrets.id }}"
  secret_access_key: "{{ secrets.key }}"
`;

test('places of the storage that the credentials are for are fine', () => {
  const gs = ['gs://bucket/a.csv', 'gs://b-{{ run.date }}/{a,b}/**', '{{ params.place }}'];
  for (const path of gs) {
    assert.deepEqual(problemsOf(`resources: [{ name: a, path: "${path}" }]`), []);
  }
  assert.deepEqual(problemsOf(`${s3}resources: [{ name: a, path: "s3://bucket/*.csv" }]`), []);
});

test('others are told with their place and with what is missing', () => {
  assert.deepEqual(
    problemsOf(`resources:
  - name: a
    path: [s3://bucket/a.csv, data/a.csv, gs://bu*/a.csv, gs://bucket]`),
    [
      "sources/objects.yml:4:12: 's3://bucket/a.csv' is no place in object storage that this source can read; expected gs://bucket/path, where the path may be a glob; s3:// needs credentials",
      "sources/objects.yml:4:31: 'data/a.csv' is no place in object storage that this source can read; expected gs://bucket/path, where the path may be a glob",
      "sources/objects.yml:4:43: 'gs://bu*/a.csv' is no place in object storage that this source can read; expected gs://bucket/path, where the path may be a glob",
      "sources/objects.yml:4:59: 'gs://bucket' is no place in object storage that this source can read; expected gs://bucket/path, where the path may be a glob",
    ],
  );
  assert.deepEqual(problemsOf(`${s3}resources: [{ name: a, path: "gs://bucket/a.csv" }]`), [
    "sources/objects.yml:5:30: 'gs://bucket/a.csv' is no place in object storage that this source can read; expected s3://bucket/path, where the path may be a glob",
  ]);
});

test('credentials that are of neither kind are told', () => {
  const found = problemsOf(`credentials: { access_key_id: "{{ secrets.id }}" }
resources: [{ name: a, path: "s3://bucket/a.csv" }]`);
  assert.match(found.join('\n'), /sources\/objects.yml:2:\d+: .*secret_access_key/);
});
