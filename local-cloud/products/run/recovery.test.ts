import { ServicesClient } from '@google-cloud/run';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudProcess } from '../../cli/cloud-process.fake.ts';
import {
  grpcOptions,
  PARENT,
  serviceName,
  template,
  to,
} from '../../control-plane/cloud-rig.fake.ts';

let cloud: CloudProcess;
let services: ServicesClient;

before(async () => {
  cloud = await CloudProcess.start();
  services = new ServicesClient(grpcOptions(cloud.endpoints.grpc));
});

after(async () => {
  await services.close();
  await cloud.remove();
});

async function ask(url: string | null | undefined): Promise<string> {
  const response = await fetch(url ?? '');
  return ((await response.json()) as { K_REVISION: string }).K_REVISION;
}

async function create(id: string): Promise<string> {
  const service = { template: template(`${id}-one`), traffic: [to(`${id}-one`, 100)] };
  const [made] = await services.createService({ parent: PARENT, serviceId: id, service });
  await made.promise();
  return (await services.getService({ name: serviceName(id) }))[0].uri ?? '';
}

/** Asks again and again, four at a time. */
class SteadyLoad {
  readonly #lost: string[] = [];
  readonly #clients: Promise<void>[];
  #served = 0;
  #isOver = false;

  constructor(uri: string) {
    this.#clients = Array.from({ length: 4 }, () => this.#askOn(uri));
  }

  async end(): Promise<{ served: number; lost: readonly string[] }> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return { served: this.#served, lost: this.#lost };
  }

  async #askOn(uri: string): Promise<void> {
    while (!this.#isOver) {
      await ask(uri).then(
        () => (this.#served += 1),
        (error: unknown) => this.#lost.push(String(error)),
      );
    }
  }
}

test('kill -9 in the middle of an operation: services go on, and so does the operation', async () => {
  const uri = await create('shop');
  const [begun] = await services.updateService({
    service: {
      name: serviceName('shop'),
      template: template('shop-two', { BOOT_MS: '1000' }),
      traffic: [to('shop-two', 100, 'new')],
    },
    updateMask: { paths: ['template', 'traffic'] },
  });
  const load = new SteadyLoad(uri);
  await cloud.end('SIGKILL');
  assert.equal(await ask(uri), 'shop-one');
  const { grpc } = cloud.endpoints;
  await cloud.restart();
  assert.equal(cloud.endpoints.grpc, grpc);
  const resumed = await services.checkUpdateServiceProgress(begun.name ?? '');
  await resumed.promise();
  const { served, lost } = await load.end();
  assert.ok(served > 100);
  assert.deepEqual(lost, []);
  const [service] = await services.getService({ name: serviceName('shop') });
  assert.deepEqual(
    [service.uri, service.reconciling, service.trafficStatuses?.map(({ revision }) => revision)],
    [uri, false, ['shop-two']],
  );
  assert.equal(await ask(uri), 'shop-two');
});

test('kill -9 at any moment of a deployment leaves it to be finished', async () => {
  const uri = await create('often');
  for (const [index, waitMs] of [0, 40, 120].entries()) {
    const revision = `often-r${index}`;
    const [begun] = await services.updateService({
      service: {
        name: serviceName('often'),
        template: template(revision),
        traffic: [to(revision, 100)],
      },
      updateMask: { paths: ['template', 'traffic'] },
    });
    await new Promise((done) => setTimeout(done, waitMs));
    await cloud.end('SIGKILL');
    await cloud.restart();
    await (await services.checkUpdateServiceProgress(begun.name ?? '')).promise();
    assert.equal(await ask(uri), revision);
  }
});

test('what was served is served again after an orderly end, and goes on if that is asked for', async () => {
  const uri = await create('again');
  assert.equal(await cloud.end('SIGTERM'), 0);
  await assert.rejects(fetch(uri));
  await cloud.restart(['--keep-serving']);
  assert.equal(await ask(uri), 'again-one');
  assert.equal(await cloud.end('SIGTERM'), 0);
  assert.equal(await ask(uri), 'again-one');
  assert.equal((await cloud.run('stop')).exitCode, 0);
  await assert.rejects(fetch(uri));
});
