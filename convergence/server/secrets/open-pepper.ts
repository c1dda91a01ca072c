import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from 'base/error.ts';
import { randomKey } from 'base/id.ts';
import type { Log } from 'base/log.ts';
import type { SealedValues } from '../../engine/tenant/kms/sealed-values.ts';
import type { Settings } from '../settings/settings.ts';

export const PEPPER = 'pepper';

export interface PepperDeps {
  readonly settings: Pick<Settings, 'API_KEY_PEPPER' | 'DATA_DIR'>;
  readonly log: Log;
}

/**
 * The pepper of all keys: that of the setting, else the one that is stored, else a new one, which is
 * stored. One from the setting is stored too, so that the setting can be taken away.
 * @throws kms_refused, kms_unavailable
 */
export async function openPepper(values: SealedValues, deps: PepperDeps): Promise<string> {
  const { API_KEY_PEPPER: given, DATA_DIR } = deps.settings;
  if (given !== undefined) {
    await keepGiven(values, given, deps.log);
    return given;
  }
  const stored = await values.read(PEPPER);
  const file = join(DATA_DIR, 'pepper');
  const earlier = await readEarlier(file);
  if (stored === undefined) return await values.keep(PEPPER, earlier ?? randomKey());
  // Not by the start that stored it: the embedded database does not wait for the disk.
  if (stored === earlier) await rm(file);
  return stored;
}

async function keepGiven(values: SealedValues, given: string, log: Log): Promise<void> {
  const stored = await values.read(PEPPER).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'kms_refused') return null;
    throw error;
  });
  if (stored === null) {
    await values.replace(PEPPER, given);
    log.warn('API_KEY_PEPPER takes the place of a stored pepper that cannot be decrypted');
  }
  if (stored === undefined) await values.keep(PEPPER, given);
  if (stored && stored !== given) {
    log.warn('API_KEY_PEPPER is used although another pepper is stored; keys are bound to theirs');
  }
}

/** Where versions before 0002 kept it, in the open. */
async function readEarlier(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
