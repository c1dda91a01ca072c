import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRolloutFile } from '../../engine/service/load-rollout-file.ts';
import type { DeployTarget } from '../input/target.ts';
import { makeBuild, makeWant } from './make-want.ts';
import type { DeployOptions } from './make-want.ts';

const FILE = `service: shop
image: r.example/shop
build: { kind: dockerfile }
environments:
  staging: { project: acme, region: europe-west1 }
  local: { project: local, region: europe-west1, command: [node, server.js] }
`;

function targetOf(name: string): DeployTarget {
  const service = loadRolloutFile(FILE).file?.services[0];
  const environment = service?.environments[name];
  if (!service || !environment) throw new Error(name);
  const { project, region } = environment;
  const ref = { project, region, service: service.name };
  return { ref, service, environment, folder: '/work', isOneOfSeveral: false };
}

function shipped(environment: string, options: DeployOptions, commit: string | null = null) {
  const target = targetOf(environment);
  const at = new Date('2026-02-02T12:00:00Z');
  const occasion = { rolloutId: 'r-1', who: 'ada', at, commit, branch: null };
  const { image, suffix } = makeWant(target, options, occasion);
  return { image, suffix, build: makeBuild(target, options, image)?.build.kind ?? null };
}

test('what is built is tagged with the commit, else with the moment', () => {
  assert.deepEqual(shipped('staging', {}, 'abc1234def56'), {
    image: 'r.example/shop:abc1234',
    suffix: 'abc1234-9tyo0',
    build: 'dockerfile',
  });
  assert.deepEqual(shipped('staging', {}).image, 'r.example/shop:9tyo0');
});

test('a tag that is named wins, and names the revision', () => {
  assert.deepEqual(shipped('staging', { imageTag: 'V2.1', skipBuild: true }, 'abc1234def56'), {
    image: 'r.example/shop:V2.1',
    suffix: 'v2.1-9tyo0',
    build: null,
  });
});

test('an image that is not built is taken as it is', () => {
  assert.equal(shipped('staging', { skipBuild: true }).image, 'r.example/shop');
});

test('Cloud Build builds the context of the Dockerfile when it is asked to', () => {
  assert.equal(shipped('staging', { cloudBuild: true }).build, 'cloud-build');
});

test('releases of a local command differ although no image is built', () => {
  assert.deepEqual(shipped('local', {}), {
    image: 'r.example/shop:9tyo0',
    suffix: '9tyo0',
    build: null,
  });
});
