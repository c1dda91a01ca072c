import type { Product } from '../../control-plane/product.ts';
import type { PolicyBook } from '../identity/policy-book.ts';
import type { SecretStore } from './secret-store.ts';
import { serveSecrets } from './serve-secrets.ts';
import { serveVersions } from './serve-versions.ts';

/** google.cloud.secretmanager.v1.SecretManagerService. */
export function openSecrets(store: SecretStore, policies: PolicyBook): Product {
  return {
    protos: {
      '@google-cloud/secret-manager': ['google/cloud/secretmanager/v1/service.proto'],
    },
    handlers: {
      'google.cloud.secretmanager.v1.SecretManagerService': {
        ...serveSecrets(store, policies),
        ...serveVersions(store),
      },
    },
  };
}
