import { join } from 'node:path';
import type { Settings } from '../../settings/settings.ts';

/** Where the master keys are; undefined for a platform without a KMS. */
export function keyFilePath(
  settings: Pick<Settings, 'KMS_KEY_FILE' | 'ENVIRONMENT' | 'DATA_DIR'>,
): string | undefined {
  const { KMS_KEY_FILE, ENVIRONMENT, DATA_DIR } = settings;
  // Elsewhere a data folder may vanish with its machine, and what is encrypted with it.
  const ofThisMachine = ENVIRONMENT === 'development' ? join(DATA_DIR, 'master-keys') : undefined;
  return KMS_KEY_FILE ?? ofThisMachine;
}
