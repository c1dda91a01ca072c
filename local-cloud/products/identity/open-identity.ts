import type { Product, ProductDeps } from '../../control-plane/product.ts';
import type { KeyStore } from '../kms/key-store.ts';
import type { AccountBook } from './account/account-book.ts';
import { metadataServer } from './credential/metadata-server.ts';
import { serveCredentials } from './credential/serve-credentials.ts';
import { SigningKey } from './credential/signing-key.ts';
import { PoolBook } from './federation/pool-book.ts';
import { servePools } from './federation/serve-pools.ts';
import { tokenRoute } from './federation/token-route.ts';
import type { PolicyBook } from './policy-book.ts';
import { restRoute } from './rest-method.ts';
import { serveAccounts } from './account/serve-accounts.ts';
import { servePolicies, serveProjects } from './serve-projects.ts';
import { serveServiceUsage } from './serve-service-usage.ts';

interface Beside {
  readonly policies: PolicyBook;
  readonly accounts: AccountBook;
  readonly keys: KeyStore;
}

/** Who is who and who may what: IAM, Resource Manager, Service Usage, STS, the metadata server. */
export function openIdentity(deps: ProductDeps, beside: Beside): Product {
  const { records, faults, operations, clock } = deps;
  const { policies, accounts } = beside;
  const key = new SigningKey(records, clock);
  const book = new PoolBook(records);
  const methods = [
    ...serveAccounts(accounts, policies),
    ...serveProjects(policies),
    ...serveCredentials({ accounts, policies, key, clock }),
    ...servePools(book),
  ];
  return {
    protos: {
      'google-gax': ['google/iam/v1/iam_policy.proto'],
      '@google-cloud/service-usage': ['google/api/serviceusage/v1/serviceusage.proto'],
    },
    handlers: {
      'google.iam.v1.IAMPolicy': servePolicies(beside),
      'google.api.serviceusage.v1.ServiceUsage': serveServiceUsage(records, operations),
    },
    routes: [
      restRoute(methods, faults),
      tokenRoute({ book, faults, clock }),
      metadataServer({ key, clock }),
    ],
  };
}
