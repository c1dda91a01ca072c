import type { Product } from '../../control-plane/product.ts';
import type { KeyStore } from './key-store.ts';
import { serveEncryption } from './serve-encryption.ts';
import { serveKeyVersions } from './serve-key-versions.ts';
import { serveKeys } from './serve-keys.ts';

/** google.cloud.kms.v1.KeyManagementService. */
export function openKms(store: KeyStore): Product {
  return {
    protos: { '@google-cloud/kms': ['google/cloud/kms/v1/service.proto'] },
    handlers: {
      'google.cloud.kms.v1.KeyManagementService': {
        ...serveKeys(store),
        ...serveKeyVersions(store),
        ...serveEncryption(store),
      },
    },
  };
}
