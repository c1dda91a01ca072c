import { systemClock } from 'base/clock.ts';
import { AppError } from 'base/error.ts';
import type { Log } from 'base/log.ts';
import type { ControlDatabase } from '../../adapters/postgres/control-database.ts';
import { PostgresAdminKeyStore } from '../../adapters/postgres/tenant/key/admin-key-store.ts';
import { PostgresKeyStore } from '../../adapters/postgres/tenant/key/key-store.ts';
import { PostgresCredentialStore } from '../../adapters/postgres/tenant/sealed/credential-store.ts';
import { PostgresRewrapper } from '../../adapters/postgres/tenant/sealed/rewrapper.ts';
import { PostgresSealedValues } from '../../adapters/postgres/tenant/sealed/sealed-values.ts';
import { PostgresTenantStore } from '../../adapters/postgres/tenant/tenant-store.ts';
import { openSecretClient } from '../../adapters/google/google-secret-client.ts';
import { GoogleSecrets } from '../../adapters/google/google-secrets.ts';
import { LayeredSecrets } from '../../adapters/secrets/layered-secrets.ts';
import { createLocalSecretBox } from '../../adapters/secrets/local-secret-box.ts';
import type { SecretBox } from '../../engine/event/secret-box.ts';
import type { SecretStore } from '../../engine/tenant/secret-store.ts';
import type { ApiDeps } from '../api/api-deps.ts';
import { featuresOf } from '../settings/features.ts';
import { googleOptions } from '../settings/google-options.ts';
import type { Settings } from '../settings/settings.ts';
import { noKms } from './kms/no-kms.ts';
import { openKms } from './kms/wire.ts';
import type { OpenedKms } from './kms/wire.ts';
import { openPepper, PEPPER } from './open-pepper.ts';

export interface PlatformSecrets {
  readonly api: Pick<ApiDeps, 'keys' | 'adminKeys' | 'credentials' | 'masterKeys'>;
  /** Files of a tenant first, then its credentials, then Google Secret Manager. */
  readonly secrets: SecretStore;
  /** Of webhooks; its key comes from the pepper, which the KMS protects. */
  readonly box: SecretBox;
  /** Stores the pepper again in tables that were made anew. */
  readonly keepPepper: () => Promise<void>;
  readonly probes: OpenedKms['probes'];
  readonly close: OpenedKms['close'];
}

export interface SecretsOptions {
  readonly settings: Settings;
  readonly log: Log;
  readonly files: SecretStore;
}

/** @throws kms_invalid, kms_refused, kms_unavailable, google_denied */
export async function wireSecrets(
  database: ControlDatabase,
  options: SecretsOptions,
): Promise<PlatformSecrets> {
  const opened = await openKms(database, options.settings);
  try {
    return await wireUnder(opened, database, options);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function wireUnder(
  { kms, probes, close }: OpenedKms,
  database: ControlDatabase,
  { settings, log, files }: SecretsOptions,
): Promise<PlatformSecrets> {
  const deps = { clock: systemClock, kms };
  const values = new PostgresSealedValues(database, deps);
  const credentials = new PostgresCredentialStore(database, deps);
  const given = kms === noKms ? settings.API_KEY_PEPPER : undefined;
  const pepper = given ?? (await openPepper(values, { settings, log }));
  const keyDeps = { clock: systemClock, pepper };
  const own = new LayeredSecrets(files, credentials);
  const google = featuresOf(settings).secret_manager ? openGoogle(database, settings) : null;
  return {
    api: {
      keys: new PostgresKeyStore(database, keyDeps),
      adminKeys: new PostgresAdminKeyStore(database, keyDeps),
      credentials,
      masterKeys: { kms, rewrapper: new PostgresRewrapper(database, kms) },
    },
    secrets: google ? new LayeredSecrets(own, google) : own,
    box: createLocalSecretBox(pepper, 'webhook secrets'),
    keepPepper: async () => {
      if (kms !== noKms) await values.keep(PEPPER, pepper);
    },
    probes,
    async close() {
      await google?.close();
      await close();
    },
  };
}

function openGoogle(database: ControlDatabase, settings: Settings): GoogleSecrets {
  const tenants = new PostgresTenantStore(database, { clock: systemClock });
  return new GoogleSecrets({
    projectId: settings.GCP_PROJECT_ID ?? '',
    openClient: async () => openSecretClient((await googleOptions(settings)).grpc),
    clock: systemClock,
    isTenant: (tenantId) =>
      tenants.getTenant(tenantId).then(
        () => true,
        (error: unknown) => {
          if (error instanceof AppError && error.code === 'tenant_absent') return false;
          throw error;
        },
      ),
  });
}
