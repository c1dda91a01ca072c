import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Out } from 'base/terminal/out.ts';
import { createStyle } from 'base/terminal/style.ts';
import { openReceiver } from '../testing/receiver.ts';
import type { Receiver } from '../testing/receiver.ts';
import { CliProcess } from './cli-process.fake.ts';
import { runCli } from './run-cli.ts';

const GUIDES = join(import.meta.dirname, '../../docs/guides');
const folder = mkdtempSync(join(tmpdir(), 'convergence-guides-'));
const env = {
  API_PORT: '0',
  CONFIG_DIR: join(folder, 'configs'),
  DATA_DIR: join(folder, 'data'),
};
let dev: CliProcess;
let hooks: Receiver;

before(async () => {
  dev = new CliProcess(['dev', '--json'], { folder, env });
  hooks = await openReceiver();
  await dev.sees(/"url"/);
  for (const tenant of ['acme', 'acme_corp', 'my_shop']) {
    await call('tenant', 'onboard', tenant, '--plan', 'enterprise');
  }
});
after(async () => {
  dev.child.kill('SIGKILL');
  await Promise.all([dev.ended, hooks.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** A command in this process, without the second that a process of its own takes; its output. */
async function call(...args: string[]): Promise<string> {
  let [stdout, stderr] = ['', ''];
  const openOut = (isJson: boolean): Out => ({
    isJson,
    isLive: false,
    width: Infinity,
    height: 24,
    style: createStyle(false),
    line: (text = '') => void (stdout += isJson ? '' : `${text}\n`),
    json: (value) => void (stdout += isJson ? `${JSON.stringify(value)}\n` : ''),
    note: (text) => void (stderr += `${text}\n`),
    raw: () => assert.fail('nothing is drawn over'),
  });
  const code = await runCli(args, { env, openOut, errorStyle: createStyle(false) });
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  return stdout;
}

function section(guide: string, heading: string): string {
  const text = readFileSync(join(GUIDES, guide), 'utf8');
  const found = text.split(/^###? /m).find((part) => part.startsWith(`${heading}\n`));
  assert.ok(found, heading);
  return found;
}

function blocks(guide: string, heading: string, language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...section(guide, heading).matchAll(fenced)].map(([, block = '']) => block);
}

/** The arguments of each `convergence` command of a section, as a shell would split them. */
function commands(guide: string, heading: string): string[][] {
  const lines = blocks(guide, heading, 'sh').join('').replaceAll('\\\n', ' ').split('\n');
  return lines.flatMap((line) => {
    const command = /^(?:npx )?convergence (.*?)(?:\s+#.*)?$/.exec(line)?.[1];
    const words = command?.match(/"[^"]*"|\S+/g) ?? [];
    return words.length === 0 ? [] : [words.map((word) => word.replaceAll('"', ''))];
  });
}

/** Carries a section out, with the ids that a reader would put in; the output of each command. */
async function play(guide: string, heading: string, ids: Record<string, string> = {}) {
  const told: string[] = [];
  for (const words of commands(guide, heading)) {
    told.push(await call(...words.map((word) => ids[word] ?? word)));
  }
  assert.ok(told.length > 0, heading);
  return told;
}

const at = (path: string) => `${hooks.url}/${path}`;

test('the guide to notifications does what it says', async () => {
  const guide = 'running/notifications.md';
  const [listed = ''] = await Promise.all(
    commands(guide, 'Read the events')
      .slice(0, 1)
      .map((words) => call(...words)),
  );
  assert.match(listed, /tenant onboarded/);
  const urls = {
    'https://hooks.example.com/convergence': at('convergence'),
    'https://hooks.example.com/failures': at('failures'),
    'https://ops.example.com/all': at('all'),
    'https://crm.example.com/tenants': at('tenants'),
  };
  const adding = commands(guide, 'Send them to a URL').filter((words) => words[1] === 'add');
  const made: string[] = [];
  for (const words of adding) {
    made.push(await call(...words.map((word) => urls[word as keyof typeof urls] ?? word)));
  }
  assert.equal(made.length, 4);
  const [, id = '', secret = ''] =
    /^webhook (\S+) gets .*\n.*: (whsec_\S+)$/m.exec(made[0] ?? '') ?? [];
  const others = commands(guide, 'Send them to a URL').filter((words) => words[1] !== 'add');
  const told: string[] = [];
  for (const words of others) {
    told.push(await call(...words.map((word) => (word === 'WEBHOOK' ? id : word))));
  }
  assert.equal(told.length, 2);
  await hooks.untilReceived(1);
  assert.equal(await verify(guide, secret), 'convergence.test');
  await play(guide, 'What did not arrive', { WEBHOOK: id });
  const [notify = ''] = blocks(guide, 'Tell people', 'yaml');
  writeFileSync(
    join(env.CONFIG_DIR, 'acme/pipelines/told.yml'),
    `pipeline_id: told\n${notify}steps: [{ name: s, type: transform, transforms: transforms/daily_sales.sql }]\n`,
  );
  writeFileSync(join(folder, 'slack.txt'), at('slack'));
  await call(
    'credential',
    'put',
    'slack_url',
    '--tenant',
    'acme',
    '--file',
    join(folder, 'slack.txt'),
  );
  assert.match(await call('validate', 'acme', '--platform'), /^ok {2}acme$/m);
});

/** What the receiver of the guide prints of a request that was signed. */
async function verify(guide: string, secret: string): Promise<string> {
  const [script = ''] = blocks(guide, 'Send them to a URL', 'js');
  assert.match(script, /\.listen\(9000, '127\.0\.0\.1'\)/);
  const file = join(folder, 'receiver.mjs');
  const listening = ".listen(0, '127.0.0.1', function () { console.log(this.address().port); })";
  writeFileSync(file, script.replace(".listen(9000, '127.0.0.1')", listening));
  const receiver = spawn(process.execPath, [file], {
    env: { ...process.env, WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const read = async () => String((await once(receiver.stdout, 'data'))[0]).trim();
  const port = await read();
  const [sent] = hooks.received;
  assert.ok(sent);
  const { host: _, connection: __, ...headers } = sent.headers as Record<string, string>;
  const post = async (body: string) =>
    (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body })).status;
  const printed = read();
  const statuses = [await post(sent.body), await post(sent.body.replace('arrive', 'depart'))];
  receiver.kill();
  assert.deepEqual(statuses, [204, 401]);
  return await printed;
}

test('the guide to keys does what it says of keys', async () => {
  const guide = 'running/keys-and-secrets.md';
  const [made = ''] = await play(guide, "Give a customer's CI a key");
  assert.match(made, /cvg_\S{43}/);
  const { api_keys: keys } = JSON.parse(
    await call('key', 'list', '--tenant', 'my_shop', '--json'),
  ) as {
    api_keys: { hash: string; description: string; scopes: string[] }[];
  };
  const ci = keys.find(({ description }) => description === 'CI of my_shop');
  assert.deepEqual(ci?.scopes, ['run', 'read']);
  const [, rotated = ''] = await play(guide, 'Rotate a key without downtime', {
    HASH: ci?.hash ?? '',
  });
  assert.match(rotated, /cvg_\S{43}/);
  await play(guide, 'Revoke a leaked key', { HASH: ci?.hash ?? '' });
  const list = await call('key', 'list', '--tenant', 'my_shop');
  assert.match(list, /CI of my_shop.*revoked/);
});

test('the guide to keys does what it says of operators and credentials', async () => {
  const guide = 'running/keys-and-secrets.md';
  const admins = commands(guide, 'Keys of operators');
  for (const words of admins.slice(0, 3)) await call(...words);
  const { admin_keys: keys } = JSON.parse(await call('admin-key', 'list', '--json')) as {
    admin_keys: { hash: string; name: string }[];
  };
  const hash = keys.find(({ name }) => name === 'deploy-bot')?.hash ?? '';
  for (const words of admins.slice(3))
    await call(...words.map((word) => (word === 'HASH' ? hash : word)));
  writeFileSync(join(folder, 'token.txt'), 't0ken');
  const told: string[] = [];
  for (const words of commands(guide, 'Keep a token for a source')) {
    // A command reads what the shell redirects; here the file is named, as the line above says.
    const given =
      words[1] === 'put' ? [...words.slice(0, 5), '--file', join(folder, 'token.txt')] : words;
    told.push(await call(...given));
  }
  assert.equal(told.length, 4);
  assert.match(told[2] ?? '', /blog_token/);
});

test('the guide to the queue does what it says', async () => {
  const guide = 'running/queue-and-workers.md';
  const [nightly = ''] = blocks(guide, 'Four queues', 'yaml');
  writeFileSync(join(env.CONFIG_DIR, 'acme_corp/pipelines/nightly.yml'), nightly);
  await play(guide, 'Who goes first');
  const [list = ''] = await play(guide, 'What waits');
  assert.match(list, /^queue +state +waiting +oldest +running +paused by\npipeline +active/);
  const [paused] = await play(guide, 'Pause, drain, resume');
  assert.match(paused ?? '', /transform/);
  await call('queue', 'resume', '--tenant', 'acme_corp');
  const last = commands(guide, 'Workers').at(-1) ?? [];
  assert.match(await call(...last), /dev|worker/);
});

test('the guide to runs does what it says', async () => {
  const guide = 'runs.md';
  await call('run', 'orders', '--tenant', 'acme_corp', '--watch');
  const [cancelled, slow, due] = await play(guide, 'Find');
  assert.deepEqual([cancelled, slow, due], ['no runs\n', 'no runs\n', 'no runs\n']);
  const [counted = ''] = await play(guide, 'Cancel or restart many');
  assert.match(counted, /^0 runs/);
  const [plan = [], start = [], ...others] = commands(guide, 'Fill the past');
  assert.match(await call(...plan), /2026-01-01 up to 2026-02-01/);
  const [, group = ''] = /^backfill (\S+) of orders is/.exec(await call(...start)) ?? [];
  const told: string[] = [];
  for (const words of others) {
    told.push(await call(...words.map((word) => (word === 'GROUP' ? group : word))));
  }
  assert.equal(told.length, 3);
  assert.ok(told.every((text) => text.includes('orders')));
});
