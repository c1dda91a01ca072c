import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CliProcess } from './cli-process.fake.ts';

const BASE = `openapi: 3.0.3
paths:
  /users:
    get:
      parameters:
        - { name: sort, in: query, schema: { type: string, enum: [asc, desc] } }
      responses: { 200: { description: ok } }
    post:
      responses: { 201: { description: made } }
`;
const REVISION = BASE.replace('[asc, desc]', '[asc]').replace(/ {4}post:\n.*\n/, '');

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'contract-'));
  writeFileSync(join(folder, 'base.yaml'), BASE);
  writeFileSync(join(folder, 'next.yaml'), REVISION);
});
after(() => rmSync(folder, { recursive: true }));

const diff = (...args: string[]) => new CliProcess(['contract', 'diff', ...args], { folder }).ended;

test('what breaks clients ends with 12, and is told with its lines', async () => {
  const { code, stdout, stderr } = await diff('base.yaml', 'next.yaml');
  assert.deepEqual({ code, stderr }, { code: 12, stderr: '' });
  assert.match(
    stdout,
    /^ERR {3}POST \/users: it is gone\n {6}base\.yaml:9:\d+ {2}api-removed-without-deprecation {2}fingerprint [0-9a-f]{16}\nERR {3}GET \/users: the query parameter 'sort' lost the value "desc"\n {6}base\.yaml:6:\d+ {2}request-parameter-enum-value-removed {2}fingerprint [0-9a-f]{16}\n\n2 break clients, 0 may, 0 do not\.\n$/,
  );
});

test('machines get the findings, workflows their annotations', async () => {
  const { stdout } = await diff('base.yaml', 'next.yaml', '--json');
  const { findings } = JSON.parse(stdout) as {
    findings: { id: string; level: string; text: string }[];
  };
  assert.deepEqual(
    findings.map(({ id, level, text }) => `${level} ${id} ${text}`),
    [
      'ERR api-removed-without-deprecation it is gone',
      `ERR request-parameter-enum-value-removed the query parameter 'sort' lost the value "desc"`,
    ],
  );
  const annotated = await diff('base.yaml', 'next.yaml', '--format', 'github');
  assert.match(
    annotated.stdout,
    /^::error file=base\.yaml,line=9,col=\d+,title=api-removed-without-deprecation::POST \/users: it is gone$/m,
  );
});

test('a break that somebody answers for is let through until its day', async () => {
  const { stdout } = await diff('base.yaml', 'next.yaml', '--json');
  const { findings } = JSON.parse(stdout) as { findings: { fingerprint: string }[] };
  const list = (until: string) =>
    JSON.stringify({
      allow: findings.map(({ fingerprint }) => ({
        fingerprint,
        until,
        reason: 'all clients moved',
      })),
    });
  writeFileSync(join(folder, 'allow.yaml'), list('2999-12-31'));
  const allowed = await diff('base.yaml', 'next.yaml', '--allow', 'allow.yaml');
  assert.equal(allowed.code, 0);
  assert.match(allowed.stdout, /allowed until 2999-12-31: all clients moved/);
  writeFileSync(join(folder, 'allow.yaml'), list('2020-12-31'));
  assert.equal((await diff('base.yaml', 'next.yaml', '--allow', 'allow.yaml')).code, 12);
  writeFileSync(join(folder, 'allow.yaml'), 'allow: [{ fingerprint: x, until: soon }]');
  const wrong = await diff('base.yaml', 'next.yaml', '--allow', 'allow.yaml');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /allow\.yaml:1:\d+: 'fingerprint' is 'x'; expected the 16 digits/);
});

test('nothing that a client could notice is said, too', async () => {
  assert.deepEqual(await diff('base.yaml', 'base.yaml'), {
    code: 0,
    stdout: 'Nothing that a client could notice.\n',
    stderr: '',
  });
});

test('a document that cannot be read is told with its line', async () => {
  writeFileSync(join(folder, 'broken.yaml'), `${REVISION}components: {\n`);
  const { code, stderr } = await diff('base.yaml', 'broken.yaml');
  assert.equal(code, 2);
  assert.match(stderr, /^error: broken\.yaml:8:13: broken YAML: .*\[contract_invalid\]\nhint: /);
  writeFileSync(
    join(folder, 'broken.yaml'),
    BASE.replace('{ description: made }', '{ $ref: "#/gone" }'),
  );
  const astray = await diff('base.yaml', 'broken.yaml');
  assert.match(
    astray.stderr,
    /^error: broken\.yaml:9:\d+: \/paths\/~1users\/post\/responses\/201\/\$ref refers to '#\/gone', which is not there/,
  );
  assert.equal((await diff('base.yaml', 'absent.yaml')).code, 4);
});

test('a document may be where the service publishes it', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/openapi.json' ? 200 : 404);
    // More than a health check reads.
    response.end(`${BASE}# ${'x'.repeat(100_000)}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/openapi.json`;
  const found = await diff('base.yaml', url);
  const lost = await diff('base.yaml', url.replace('openapi', 'swagger'));
  server.close();
  assert.equal(found.stdout, 'Nothing that a client could notice.\n');
  assert.equal(lost.code, 4);
  assert.match(lost.stderr, /gives no document: status 404/);
});
