import type { protos } from '@google-cloud/run';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CloudRig,
  hasCode,
  latest,
  PARENT,
  serviceName,
  template,
  to,
} from '../../control-plane/cloud-rig.fake.ts';

type Service = protos.google.cloud.run.v2.IService;
type Container = protos.google.cloud.run.v2.IContainer;

let rig: CloudRig;
let etag: string;

before(async () => {
  rig = await CloudRig.start();
  await rig.create('shop', { traffic: [to('shop-one', 100)] });
  const sent = { template: template('shop-two'), traffic: [to('shop-one', 100)] };
  const deployed = await rig.update('shop', sent, ['template', 'traffic']);
  etag = deployed.etag ?? '';
});

after(() => rig.end());

const INVALID = 3;
const ABSENT = 5;
const EXISTS = 6;
const ABORTED = 10;
const UNIMPLEMENTED = 12;

function withContainer(container: Container): Service {
  return { template: { containers: [{ image: 'x', ...container }] } };
}

const refusals: Readonly<Record<string, [number, RegExp, Service, string[]?]>> = {
  'percents below 100': [INVALID, /sum to 90/, { traffic: [to('shop-one', 90)] }],
  'percents above 100': [
    INVALID,
    /sum to 150/,
    { traffic: [to('shop-one', 100), to('shop-two', 50)] },
  ],
  'a revision that is not there': [
    INVALID,
    /Revision 'shop-none' does not exist/,
    { traffic: [to('shop-none', 100)] },
  ],
  'a tag twice': [
    INVALID,
    /the tag a is there twice/,
    { traffic: [to('shop-one', 100, 'a'), to('shop-two', 0, 'a')] },
  ],
  'a tag that is no name': [INVALID, /is A_B/, { traffic: [to('shop-one', 100, 'A_B')] }],
  'LATEST with a revision': [
    INVALID,
    /although the type is LATEST/,
    { traffic: [{ ...latest, revision: 'shop-one' }] },
  ],
  'traffic without a type': [
    INVALID,
    /expected TRAFFIC_TARGET/,
    { traffic: [{ revision: 'shop-one', percent: 100 }] },
  ],
  'an old etag': [
    ABORTED,
    /^10 ABORTED: Conflict for resource 'shop': version '"old"' was specified/,
    { traffic: [to('shop-one', 100, 'new')], etag: '"old"' },
  ],
  'the name of another template': [
    EXISTS,
    /Revision named 'shop-one' with different configuration already exists/,
    { template: template('shop-one', { A: 'b' }) },
  ],
  'a revision of a foreign name': [
    INVALID,
    /begins with shop-/,
    { template: template('cart-one') },
  ],
  'a revision of a long name': [
    INVALID,
    /at most 63/,
    { template: template(`shop-${'x'.repeat(60)}`) },
  ],
  'annotations of the platform': [
    INVALID,
    /run\.googleapis\.com\/x/,
    { annotations: { 'run.googleapis.com/x': '1' } },
  ],
  'labels of Knative': [
    INVALID,
    /serving\.knative\.dev\/x/,
    { labels: { 'serving.knative.dev/x': '1' } },
  ],
  'variables of the system': [
    INVALID,
    /reserved env names were provided: PORT, K_SERVICE/,
    withContainer({ env: ['PORT', 'K_SERVICE'].map((name) => ({ name, value: '1' })) }),
  ],
  'two ports': [
    INVALID,
    /at most one port/,
    withContainer({ ports: [{ containerPort: 1 }, { containerPort: 2 }] }),
  ],
  'a probe whose timeout is longer than its period': [
    INVALID,
    /timeout_seconds: is 9/,
    withContainer({ startupProbe: { timeoutSeconds: 9, periodSeconds: 3, httpGet: {} } }),
  ],
  'three CPUs': [
    INVALID,
    /cpu is 3/,
    withContainer({ resources: { limits: { cpu: '3', memory: '1Gi' } } }),
  ],
  'more concurrency than there is': [
    INVALID,
    /is 2000: expected 1 to 1000/,
    { template: { ...template('shop-x'), maxInstanceRequestConcurrency: 2000 } },
  ],
  'a timeout of two hours': [
    INVALID,
    /at most 3600/,
    { template: { ...template('shop-x'), timeout: { seconds: 7200 } } },
  ],
  'fewer instances at most than at least': [
    INVALID,
    /min_instance_count 3/,
    {
      template: { ...template('shop-x'), scaling: { minInstanceCount: 3, maxInstanceCount: 2 } },
    },
  ],
  'a template without an image': [INVALID, /image: required/, { template: { containers: [{}] } }],
  'a path of a mask that is no field': [INVALID, /has no field "nonsense"/, {}, ['nonsense']],
  sidecars: [
    UNIMPLEMENTED,
    /does not model sidecar containers/,
    { template: { containers: [{ image: 'a' }, { image: 'b' }] } },
  ],
  'a secret that is no name, of a version that is none': [
    INVALID,
    /env\[0\]\.value_source\.secret_key_ref\.secret: is "a\/b".*version: is ""/,
    withContainer({ env: [{ name: 'A', valueSource: { secretKeyRef: { secret: 'a/b' } } }] }),
  ],
};

for (const [what, [code, words, service, paths]] of Object.entries(refusals)) {
  test(`refuses ${what}`, async () => {
    const mask = paths ?? Object.keys(service).filter((field) => field !== 'etag');
    await assert.rejects(rig.update('shop', service, mask), hasCode(code, words));
  });
}

test('refuses what is there already, and what is not', async () => {
  await assert.rejects(rig.create('shop'), hasCode(EXISTS, /Resource 'shop' already exists/));
  await assert.rejects(rig.update('none', {}, ['labels']), hasCode(ABSENT, /'none' of kind/));
  await assert.rejects(
    rig.services.deleteService({ name: serviceName('none') }),
    hasCode(ABSENT, /'none' of kind/),
  );
  await assert.rejects(
    rig.revisions.getRevision({ name: `${serviceName('shop')}/revisions/shop-none` }),
    hasCode(ABSENT, /'shop-none' of kind 'REVISION'/),
  );
  await assert.rejects(
    rig.revisions.listRevisions({ parent: serviceName('none') }),
    hasCode(ABSENT, /'none'/),
  );
  await assert.rejects(
    rig.services.deleteService({ name: serviceName('shop'), etag: '"old"' }),
    hasCode(ABORTED, /"old"/),
  );
});

for (const id of ['Shop', '1shop', 'shop-', 'x'.repeat(50)]) {
  test(`refuses the name ${id} for a service`, async () => {
    const request = { parent: PARENT, serviceId: id, service: { template: template() } };
    await assert.rejects(rig.services.createService(request), hasCode(INVALID, /at most 49/));
  });
}

test('nothing of all that changed the service', async () => {
  assert.equal((await rig.get('shop')).etag, etag);
});
