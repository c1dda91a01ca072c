import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CloudRig,
  hasCode,
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

describe('A revision', { concurrency: 2 }, () => {
  test('is deleted once it is retired', async () => {
    await rig.create('tidy', { traffic: [to('tidy-one', 100)] });
    const sent = { template: template('tidy-two'), traffic: [to('tidy-two', 100)] };
    await rig.update('tidy', sent, ['template', 'traffic']);
    const name = `${serviceName('tidy')}/revisions/tidy-one`;
    const [one] = await rig.revisions.getRevision({ name });
    const active = one.conditions?.find(({ type }) => type === 'Active');
    assert.deepEqual([active?.state, active?.revisionReason], ['CONDITION_FAILED', 'RETIRED']);
    const [operation] = await rig.revisions.deleteRevision({ name });
    await operation.promise();
    const [left] = await rig.revisions.listRevisions({ parent: serviceName('tidy') });
    assert.deepEqual(
      left.map(({ name, service }) => [name, service]),
      [[`${serviceName('tidy')}/revisions/tidy-two`, serviceName('tidy')]],
    );
  });

  test('stays while it serves, has a tag or is the latest', async () => {
    await rig.create('needed', { traffic: [to('needed-one', 100)] });
    const sent = { template: template('needed-two'), traffic: [to('needed-one', 100, 'old')] };
    await rig.update('needed', sent, ['template', 'traffic']);
    for (const [revision, why] of [
      ['needed-one', /able to receive traffic/],
      ['needed-two', /is the latest/],
    ] as const) {
      const name = `${serviceName('needed')}/revisions/${revision}`;
      await assert.rejects(rig.revisions.deleteRevision({ name }), hasCode(9, why));
    }
  });
});

describe('An operation', () => {
  test('is found by its name, in the list, and forgotten on demand', async () => {
    const [operation] = await rig.services.createService({
      parent: PARENT,
      serviceId: 'asked',
      service: { template: template('asked-one') },
    });
    const name = operation.name ?? '';
    const resumed = await rig.services.checkCreateServiceProgress(name);
    const [made] = await resumed.promise();
    assert.equal((made as { name: string }).name, serviceName('asked'));
    const names: string[] = [];
    const request = { name: PARENT, filter: '', pageSize: 0, pageToken: '' };
    for await (const one of rig.services.listOperationsAsync(request as never))
      names.push((one as { name: string }).name);
    assert.ok(names.includes(name));
    await rig.services.deleteOperation({ name } as never);
    await assert.rejects(rig.services.checkCreateServiceProgress(name), hasCode(5, /not exist/));
  });

  test('can be waited for over REST', async () => {
    const { rest } = rig.cloud.endpoints;
    const begun = await fetch(`${rest}/v2/${PARENT}/services?serviceId=waited`, {
      method: 'POST',
      body: JSON.stringify({ template: template('waited-one') }),
    });
    const { name } = (await begun.json()) as { name: string };
    const waited = await fetch(`${rest}/v2/${name}:wait`, {
      method: 'POST',
      body: JSON.stringify({ timeout: '20s' }),
    });
    const { done, response } = (await waited.json()) as { done: boolean; response: object };
    assert.equal(done, true);
    assert.equal((response as { name: string }).name, serviceName('waited'));
  });
});
