import { systemClock } from 'base/clock.ts';
import { GoogleKms } from '../../../adapters/google/google-kms.ts';
import { JoinedKms } from '../../../adapters/kms/joined-kms.ts';
import { createKeyFile } from '../../../adapters/kms/key-file.ts';
import { isFileVersion, KeyFileKms } from '../../../adapters/kms/key-file-kms.ts';
import type { ControlDatabase } from '../../../adapters/postgres/control-database.ts';
import { PostgresRewrapper } from '../../../adapters/postgres/tenant/sealed/rewrapper.ts';
import type { Kms } from '../../../engine/tenant/kms/kms.ts';
import type { Probe } from '../../health/probe.ts';
import { googleOptions } from '../../settings/google-options.ts';
import type { Settings } from '../../settings/settings.ts';
import { keyFilePath } from './key-file-path.ts';
import { createKmsProbe } from './kms-probe.ts';
import { noKms } from './no-kms.ts';

export interface OpenedKms {
  readonly kms: Kms;
  /** Of a KMS that can be away. */
  readonly probes: readonly Probe[];
  readonly close: () => Promise<void>;
}

/**
 * Google's where GCP_KMS_KEY_NAME is set, beside it the file that it takes the place of; else the
 * file alone. @throws kms_invalid, kms_unavailable, google_denied
 */
export async function openKms(database: ControlDatabase, settings: Settings): Promise<OpenedKms> {
  const { GCP_KMS_KEY_NAME, KMS_KEY_FILE } = settings;
  if (!GCP_KMS_KEY_NAME) {
    return { kms: await openFile(database, settings), probes: [], close: async () => {} };
  }
  const { grpc } = await googleOptions(settings);
  const google = await GoogleKms.open(GCP_KMS_KEY_NAME, grpc);
  const file = KMS_KEY_FILE ? await KeyFileKms.open(KMS_KEY_FILE) : undefined;
  return {
    kms: file ? new JoinedKms(file, google, isFileVersion) : google,
    probes: [createKmsProbe(google, systemClock)],
    close: () => google.close(),
  };
}

async function openFile(database: ControlDatabase, settings: Settings): Promise<Kms> {
  const path = keyFilePath(settings);
  if (path === undefined) return noKms;
  const isOurs = settings.KMS_KEY_FILE === undefined;
  if (isOurs && (await isUnused(database))) await createKeyFile(path, systemClock.now());
  return await KeyFileKms.open(path);
}

/** A new file beside values under a lost one would only hide the loss. */
async function isUnused(database: ControlDatabase): Promise<boolean> {
  return (await new PostgresRewrapper(database, noKms).countByVersion()).size === 0;
}
