import { join } from 'node:path';
import type { Product, ProductDeps } from '../../control-plane/product.ts';
import { ProcessRecords } from '../../data-plane/process/process-record.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { buildOperations } from './resource/build-operation.ts';
import { BuildRunner } from './build-runner.ts';
import { BuildStore } from './build-store.ts';
import { Machine } from './machine.ts';
import type { PushImage } from './push-images.ts';
import { serveBuilds } from './serve-builds.ts';
import { StorageCalls } from './storage-calls.ts';

/** Cloud Build v1: builds whose steps are programs of this machine. */
export function cloudBuild(
  { home, records, clock, endpoints }: ProductDeps,
  push: PushImage,
): Product {
  const folder = join(home, 'cloud-build');
  const store = new BuildStore(records);
  const machine = new Machine();
  const now = (): Date => clock.now();
  const storageUrl = (): string => {
    const { rest } = endpoints() ?? {};
    if (rest === undefined) throw new StatusError('UNAVAILABLE', 'local-cloud is starting');
    return rest;
  };
  const storage = new StorageCalls(storageUrl);
  const processes = new ProcessRecords(folder);
  const runner = new BuildRunner({ store, storage, processes, push, machine, folder, now });
  return {
    protos: { '@google-cloud/cloudbuild': ['google/devtools/cloudbuild/v1/cloudbuild.proto'] },
    handlers: {
      'google.devtools.cloudbuild.v1.CloudBuild': serveBuilds({
        store,
        runner,
        now,
        storageUrl,
        machine,
      }),
    },
    operations: buildOperations(store, (id) => runner.cancel(id)),
    resume: () => runner.resume(),
    close: () => runner.close(),
  };
}
