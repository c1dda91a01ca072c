import { ServicesClient } from '@google-cloud/run';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { grpcOptions, PARENT, serviceName, template } from '../control-plane/cloud-rig.fake.ts';
import { CloudProcess } from './cloud-process.fake.ts';

let cloud: CloudProcess;

before(async () => {
  cloud = await CloudProcess.start(['--metrics-delay', '1s', '--metrics-period', '1s']);
  const services = new ServicesClient(grpcOptions(cloud.endpoints.grpc));
  const service = { template: template('shop-one') };
  const [made] = await services.createService({ parent: PARENT, serviceId: 'shop', service });
  await made.promise();
  await services.close();
});

after(() => cloud.remove());

test('a second start on the home says who has it', async () => {
  const { exitCode, stderr } = await cloud.run('start');
  const { pid, startedAt, rest } = cloud.endpoints;
  assert.deepEqual(
    [exitCode, stderr],
    [
      5,
      `error: This home is in use by process ${pid} since ${startedAt}. [home_locked]\n` +
        `hint: It answers at ${rest}. Stop it with \`npx local-cloud stop\`, or choose another --home.\n`,
    ],
  );
});

test('status shows services with their revisions', async () => {
  const { stdout } = await cloud.run('status');
  assert.match(stdout, new RegExp(`${serviceName('shop')} http://127.0.0.1:\\d+ succeeded`));
  assert.match(stdout, /shop-one +100 % +ready +1/);
  const { stdout: json } = await cloud.run('status', '--json');
  const { services } = JSON.parse(json) as { services: { revisions: unknown }[] };
  assert.deepEqual(services[0]?.revisions, [{ name: 'shop-one', state: 'ready', instances: 1 }]);
});

test('faults are added, listed, kept and cleared', async () => {
  const added = await cloud.run(
    'faults',
    'add',
    'status',
    '--method',
    'GetService',
    '--times',
    '2',
  );
  const id = added.stdout.slice(0, 6);
  assert.match(added.stdout, /^\w{6} {2}status {2}code UNAVAILABLE, method GetService, times 2\n/);
  await cloud.end('SIGKILL');
  await cloud.restart();
  assert.match((await cloud.run('faults', 'list')).stdout, new RegExp(`^${id} {2}status`));
  assert.equal((await cloud.run('faults', 'clear', id)).stdout, 'Cleared 1.\n');
  assert.equal((await cloud.run('faults', 'list')).stdout, 'No faults.\n');
});

test('what is wrong is one line and a hint, with an exit code by kind', async () => {
  const cases: [string[], number, RegExp][] = [
    [['faults', 'add', 'revision', '--service', 'shop'], 2, /one of failStart, errorPercent/],
    [['faults', 'add', 'nonsense'], 2, /kind: .* \[fault_invalid\]/],
    [['faults', 'clear', 'nope'], 4, /There is no fault nope/],
    [['logs', 'cart'], 4, /There are no logs of 'cart'.*\nhint: There are projects/],
    [['logs', 'shop', 'shop-none'], 4, /no logs of a revision 'shop-none'.*\nhint: .*shop-one/],
    [['start', '--metrics-delay', 'soon'], 2, /'soon' is not a duration/],
    [['strat'], 2, /unknown command 'strat'.*\nhint: Did you mean start/],
  ];
  for (const [args, exitCode, words] of cases) {
    const ran = await cloud.run(...args);
    assert.equal(ran.exitCode, exitCode, args.join(' '));
    assert.match(ran.stderr, words);
  }
});

test('logs shows what instances wrote, and stop ends everything', async () => {
  assert.equal((await cloud.run('stop', '--json')).stdout, '{"stopped":true}\n');
  assert.match((await cloud.run('logs', 'shop')).stdout, /^shop-one-\w{8} told to end$/m);
  const { exitCode, stderr } = await cloud.run('status');
  assert.equal(exitCode, 4);
  assert.match(stderr, /No local-cloud runs on .*\nhint: Start it with/);
});
