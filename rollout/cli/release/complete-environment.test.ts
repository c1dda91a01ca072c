import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRolloutFile } from '../../engine/service/load-rollout-file.ts';
import { completeEnvironment } from './complete-environment.ts';

const FOLDER = '/somewhere/shop';

async function workingDirOf(environment: string): Promise<string | null> {
  const { file } = loadRolloutFile(
    `service: shop\nimage: shop\nenvironments: { e: ${environment} }\n`,
  );
  const declared = file?.services[0]?.environments.e ?? assert.fail();
  return (await completeEnvironment(declared, FOLDER)).runtime.workingDir;
}

test('a process of local-cloud runs in the folder of rollout.yaml, or below it', async () => {
  assert.equal(await workingDirOf('{ project: local, command: [node, a.js] }'), FOLDER);
  const below = '{ project: local, command: [node, a.js], workingDir: app }';
  assert.equal(await workingDirOf(below), `${FOLDER}/app`);
});

test('a container runs where its image says, on local-cloud and in Google Cloud', async () => {
  assert.equal(await workingDirOf('{ project: local }'), null);
  assert.equal(await workingDirOf('{ project: acme, region: europe-west1 }'), null);
});
