import { resolve } from 'node:path';
import type { AuthClient } from 'google-auth-library';
import { LocalExportStore } from '../../adapters/files/export-store.ts';
import { LocalPartStore } from '../../adapters/files/part-store.ts';
import { ObjectExportStore } from '../../adapters/object-storage/export-store.ts';
import { GcsStore } from '../../adapters/object-storage/gcs/gcs-store.ts';
import { BucketPartStore } from '../../adapters/object-storage/parts/bucket-part-store.ts';
import { S3Store } from '../../adapters/object-storage/s3/s3-store.ts';
import { createObjectSource } from '../../adapters/object-storage/source/object-source.ts';
import { fail } from '../../engine/error-codes.ts';
import { listingPrefix } from '../../engine/flow/extract/object/object-pattern.ts';
import type { ObjectStore } from '../../engine/flow/extract/object/object-store.ts';
import type { PartStore } from '../../engine/flow/extract/parts/part-store.ts';
import type { Source } from '../../engine/flow/source.ts';
import type { ExportStore } from '../../engine/tenant/offboard/export-store.ts';
import type { TenantParts } from '../../engine/tenant/offboard/tenant-tables.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import { featuresOf } from '../settings/features.ts';
import { googleOptions } from '../settings/google-options.ts';
import type { Settings } from '../settings/settings.ts';

const READ_ONLY = 'https://www.googleapis.com/auth/devstorage.read_only';

/** Sources of `type: object_storage`, each with its own credentials or those of the platform. */
export function openObjectSource(settings: Settings): Source {
  const platform = openPlatformStore('gs://', settings);
  const allowPrivateAddresses = featuresOf(settings).private_sources;
  return createObjectSource(async (scope, { credentials }, pattern) => {
    if (credentials === undefined) {
      requireRoot(scope, pattern, settings);
      return platform;
    }
    if ('access_key_id' in credentials) return new S3Store({ credentials, allowPrivateAddresses });
    const authClient = await openKey(credentials.service_account_key, settings);
    return new GcsStore(async () => ({ ...endpointOf(settings), authClient }));
  });
}

export interface PartsWiring {
  readonly parts: PartStore & TenantParts;
  /** For what needs no copy: a look at a source. */
  readonly localParts: PartStore;
}

/** Raw parts on the local disk, with a copy in object storage where the operator wants one. */
export function openParts(settings: Settings): PartsWiring {
  const { PARTS_LOCATION: location, DATA_DIR } = settings;
  const local = new LocalPartStore(DATA_DIR);
  if (location === undefined) return { parts: local, localParts: local };
  const store = openPlatformStore(location, settings);
  return { parts: new BucketPartStore({ local, store, location }), localParts: local };
}

/** Where tenants that leave are exported to: the data folder, or object storage. */
export function openExports(settings: Settings): ExportStore {
  const { EXPORT_LOCATION: location, DATA_DIR } = settings;
  const local = new LocalExportStore(DATA_DIR);
  if (location === undefined) return local;
  const store = openPlatformStore(location, settings);
  return new ObjectExportStore({
    store,
    location,
    local,
    workFolder: resolve(DATA_DIR, 'sending'),
  });
}

/** Cloud Storage or S3, as the location says, with the credentials of the platform itself. */
function openPlatformStore(location: string, settings: Settings): ObjectStore {
  if (location.startsWith('s3://')) {
    return new S3Store({ credentials: null, allowPrivateAddresses: true });
  }
  return new GcsStore(async () => (await googleOptions(settings)).rest);
}

/** With the platform's credentials a tenant could read what it keeps of others. */
function requireRoot({ tenantId }: TenantScope, pattern: string, settings: Settings): void {
  const { OBJECT_ROOTS: roots, ENVIRONMENT } = settings;
  if (roots.length === 0 && ENVIRONMENT === 'development') return;
  const prefix = listingPrefix(pattern);
  const isAllowed = roots.some((root) => {
    const place = root.replaceAll('{tenant}', tenantId);
    // Without the slash, acme could read what is of acme_corp.
    return prefix.startsWith(place.endsWith('/') ? place : `${place}/`);
  });
  if (isAllowed) return;
  throw fail('storage_denied', `${pattern} may not be read with the credentials of the platform`, {
    hint: 'Give the source credentials of its own, or ask the operator to add the place to OBJECT_ROOTS.',
  });
}

/**
 * Of a tenant's service account. Only the account and its key are taken: a tenant must not choose
 * where tokens come from.
 */
async function openKey(text: string, settings: Settings): Promise<AuthClient> {
  const { JWT, PassThroughClient } = await import('google-auth-library');
  const { client_email: email, private_key: key } = parseKey(text);
  if (settings.GCP_REST_ENDPOINT) return new PassThroughClient();
  return new JWT({ email, key, scopes: READ_ONLY });
}

function parseKey(text: string): { client_email: string; private_key: string } {
  try {
    const key = JSON.parse(text) as Record<string, unknown> | null;
    const { client_email, private_key } = key ?? {};
    if (typeof client_email === 'string' && typeof private_key === 'string') {
      return { client_email, private_key };
    }
  } catch {
    // Refused below; the words of the parser would show a part of the key.
  }
  throw fail('storage_denied', 'service_account_key is no key of a service account', {
    hint: 'Keep the JSON file that Google gave for the key as a secret, as it is.',
  });
}

function endpointOf({ GCP_REST_ENDPOINT: apiEndpoint }: Settings): { apiEndpoint?: string } {
  return apiEndpoint === undefined ? {} : { apiEndpoint };
}
