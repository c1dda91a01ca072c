import { openBigQuery } from '../products/bigquery/open-bigquery.ts';
import { join } from 'node:path';
import { artifactRegistry } from '../products/artifact-registry/artifact-registry.ts';
import { cloudBuild } from '../products/cloud-build/cloud-build.ts';
import { openScheduler } from '../products/scheduler/cloud-scheduler.ts';
import { AccountBook } from '../products/identity/account/account-book.ts';
import { openIdentity } from '../products/identity/open-identity.ts';
import { PolicyBook } from '../products/identity/policy-book.ts';
import { KeyStore } from '../products/kms/key-store.ts';
import { openKms } from '../products/kms/open-kms.ts';
import { openLogging } from '../products/logging/cloud-logging.ts';
import { openSecrets } from '../products/secrets/open-secrets.ts';
import { SecretStore } from '../products/secrets/secret-store.ts';
import { openObjectStore, openStorage } from '../products/storage/open-storage.ts';
import { openTasks } from '../products/tasks/cloud-tasks.ts';
import type { Product, ProductDeps } from './product.ts';

/** The products that need nothing of the data plane. */
export function openProducts(deps: ProductDeps): readonly Product[] {
  const { records, clock } = deps;
  const accounts = new AccountBook(records);
  const policies = new PolicyBook(records, accounts);
  const keys = new KeyStore(records, clock);
  const registry = artifactRegistry(deps);
  const objects = openObjectStore(deps);
  return [
    openStorage(objects, deps),
    openBigQuery(deps, objects),
    openScheduler({ records, clock }),
    openTasks({ records, clock }),
    openLogging({ records, clock, outputFolder: join(deps.home, 'data-plane', 'logs') }),
    registry,
    cloudBuild(deps, registry.push),
    openSecrets(new SecretStore(records, clock), policies),
    openKms(keys),
    openIdentity(deps, { policies, accounts, keys }),
  ];
}
