import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  badTemplate,
  CloudRig,
  hasCode,
  latest,
  PARENT,
  serviceName,
  template,
  to,
} from '../../control-plane/cloud-rig.fake.ts';

let rig: CloudRig;

before(async () => {
  rig = await CloudRig.start();
});

after(() => rig.end());

async function ask(url: string | null | undefined): Promise<string> {
  const response = await fetch(url ?? '');
  return ((await response.json()) as { K_REVISION: string }).K_REVISION;
}

/** `one 100 first` for each entry in force. */
async function inForce(id: string): Promise<string[]> {
  const { trafficStatuses } = await rig.get(id);
  return (trafficStatuses ?? []).map(({ revision, percent, tag }) =>
    [revision?.slice(id.length + 1), percent, tag].join(' ').trim(),
  );
}

describe('A service', { concurrency: 4 }, () => {
  test('is created with what Cloud Run fills in, and serves', async () => {
    const made = await rig.create('made', { traffic: [to('made-one', 100, 'first')] });
    const [container] = made.template?.containers ?? [];
    assert.deepEqual(
      {
        name: made.name,
        generations: [String(made.generation), String(made.observedGeneration)],
        ready: made.terminalCondition?.state,
        conditions: made.conditions?.map(({ type, state }) => `${type} ${state}`),
        revisions: [made.latestReadyRevision, made.latestCreatedRevision],
        concurrency: made.template?.maxInstanceRequestConcurrency,
        timeout: Number(made.template?.timeout?.seconds),
        port: container?.ports?.[0]?.containerPort,
        limits: container?.resources?.limits,
        reconciling: made.reconciling ?? false,
      },
      {
        name: serviceName('made'),
        generations: ['1', '1'],
        ready: 'CONDITION_SUCCEEDED',
        conditions: ['RoutesReady CONDITION_SUCCEEDED', 'ConfigurationsReady CONDITION_SUCCEEDED'],
        revisions: Array(2).fill(`${serviceName('made')}/revisions/made-one`),
        concurrency: 80,
        timeout: 300,
        port: 8080,
        limits: { cpu: '1000m', memory: '512Mi' },
        reconciling: false,
      },
    );
    assert.equal(await ask(made.uri), 'made-one');
    assert.equal(await ask(made.trafficStatuses?.[0]?.uri), 'made-one');
  });

  test('without traffic sends all of it to the latest revision', async () => {
    await rig.create('flowing');
    assert.deepEqual((await rig.get('flowing')).traffic?.[0]?.type, latest.type);
    await rig.update('flowing', { template: template('flowing-two') }, ['template']);
    assert.deepEqual(await inForce('flowing'), ['two 100']);
  });

  test('keeps what LATEST was when the next revision does not start', async () => {
    await rig.create('cautious');
    const broken = rig.update('cautious', { template: badTemplate('cautious-bad') }, ['template']);
    await assert.rejects(
      broken,
      hasCode(9, /^Revision 'cautious-bad' is not ready and cannot serve traffic\. .*no luck/s),
    );
    const service = await rig.get('cautious');
    assert.deepEqual(await inForce('cautious'), ['one 100']);
    assert.equal(service.terminalCondition?.state, 'CONDITION_FAILED');
    assert.equal(service.terminalCondition?.reason, 'REVISION_FAILED');
    assert.match(service.latestCreatedRevision ?? '', /cautious-bad$/);
    assert.match(service.latestReadyRevision ?? '', /cautious-one$/);
    assert.equal(await ask(service.uri), 'cautious-one');
    const name = `${serviceName('cautious')}/revisions/cautious-bad`;
    const [{ conditions }] = await rig.revisions.getRevision({ name });
    const ready = conditions?.find(({ type }) => type === 'Ready');
    assert.deepEqual(
      [ready?.state, ready?.revisionReason],
      ['CONDITION_FAILED', 'HEALTH_CHECK_CONTAINER_ERROR'],
    );
  });

  test('names revisions when the template does not', async () => {
    const made = await rig.create('nameless', { template: template() });
    assert.match(made.latestReadyRevision ?? '', /\/nameless-00001-[b-z]{3}$/);
  });

  test('changes only what the mask names', async () => {
    const labels = { team: 'a' };
    const annotations = { 'a.example/x': '1' };
    await rig.create('masked', { labels, annotations, client: 'test' });
    const sent = {
      annotations: { 'b.example/y': '2' },
      labels: {},
      template: template('masked-x'),
    };
    const changed = await rig.update('masked', sent, ['annotations']);
    assert.deepEqual(changed.annotations, { 'b.example/y': '2' });
    assert.deepEqual([changed.labels, changed.client], [labels, 'test']);
    assert.equal(changed.template?.revision, 'masked-one');
    const scaled = await rig.update('masked', { scaling: { minInstanceCount: 1 } }, ['scaling']);
    assert.equal(scaled.scaling?.minInstanceCount, 1);
    const [revisions] = await rig.revisions.listRevisions({ parent: serviceName('masked') });
    assert.deepEqual(revisions.length, 1);
  });

  test('is replaced whole without a mask', async () => {
    await rig.create('whole', { labels: { team: 'a' }, annotations: { 'a.example/x': '1' } });
    const changed = await rig.update('whole', { template: template('whole-one') });
    assert.deepEqual([changed.labels ?? {}, changed.annotations ?? {}], [{}, {}]);
  });

  test('gets no new generation from a write that changes nothing', async () => {
    const before = await rig.create('still');
    await rig.update('still', { template: template('still-one') }, ['template']);
    const now = await rig.get('still');
    assert.deepEqual(
      [String(now.generation), now.etag, now.reconciling],
      ['1', before.etag, false],
    );
  });

  test('moves traffic between revisions and tags', async () => {
    await rig.create('split', { traffic: [to('split-one', 100)] });
    const traffic = [to('split-one', 100), to('split-two', 0, 'next')];
    const sent = { template: template('split-two'), traffic };
    await rig.update('split', sent, ['template', 'traffic']);
    assert.deepEqual(await inForce('split'), ['one 100', 'two 0 next']);
    await rig.update('split', { traffic: [to('split-two', 100, 'next')] }, ['traffic']);
    assert.deepEqual(await inForce('split'), ['two 100 next']);
    assert.equal(await ask((await rig.get('split')).uri), 'split-two');
  });

  test('moves traffic at once while a revision is still starting', async () => {
    await rig.create('busy', { traffic: [to('busy-one', 100)] });
    const slow = template('busy-slow', { BOOT_MS: '1500' });
    const sent = { template: slow, traffic: [to('busy-slow', 100)] };
    const deploy = rig.update('busy', sent, ['template', 'traffic']);
    deploy.catch(() => undefined);
    while (!(await rig.get('busy')).reconciling);
    const started = performance.now();
    const back = await rig.update('busy', { traffic: [to('busy-one', 100, 'back')] }, ['traffic']);
    assert.ok(performance.now() - started < 1000);
    assert.deepEqual(back.trafficStatuses?.length, 1);
    await deploy;
    assert.deepEqual(await inForce('busy'), ['one 100 back']);
  });

  test('is listed by pages, and gone when it is deleted', async () => {
    await rig.create('page-a');
    await rig.create('page-b');
    const [first, , { nextPageToken }] = await rig.services.listServices(
      { parent: PARENT, pageSize: 1 },
      { autoPaginate: false },
    );
    assert.deepEqual([first.length, typeof nextPageToken], [1, 'string']);
    const [all] = await rig.services.listServices({ parent: PARENT });
    const names = all.map(({ name }) => name);
    assert.ok(names.includes(serviceName('page-a')) && names.includes(serviceName('page-b')));
    const [operation] = await rig.services.deleteService({ name: serviceName('page-a') });
    await operation.promise();
    await assert.rejects(rig.get('page-a'), hasCode(5, /'page-a' of kind 'SERVICE'/));
  });

  test('is only looked at by a write that validates', async () => {
    const request = { parent: PARENT, serviceId: 'maybe', validateOnly: true };
    const [operation] = await rig.services.createService({
      ...request,
      service: { template: template('maybe-one') },
    });
    const [would] = await operation.promise();
    assert.equal(would.template?.maxInstanceRequestConcurrency, 80);
    await assert.rejects(rig.get('maybe'), hasCode(5, /maybe/));
  });

  test('is created by an update that allows it to be missing', async () => {
    const service = { name: serviceName('upserted'), template: template('upserted-one') };
    const [operation] = await rig.services.updateService({ service, allowMissing: true });
    await operation.promise();
    assert.deepEqual(await inForce('upserted'), ['one 100']);
  });
});
