import type { Log } from 'base/log.ts';
import type { Rewrapper } from '../../engine/tenant/kms/sealed-values.ts';

const EVERY_MS = 60_000;

/**
 * After a rotation of the master key, wherever it was made, brings everything under the new one:
 * now, and whenever there is something to do. Several processes may do it at once.
 */
export function rewrapRegularly(rewrapper: Rewrapper, log: Log): NodeJS.Timeout {
  void rewrap(rewrapper, log);
  return setInterval(() => void rewrap(rewrapper, log), EVERY_MS).unref();
}

async function rewrap(rewrapper: Rewrapper, log: Log): Promise<void> {
  try {
    const { rewrapped, refused } = await rewrapper.rewrapAll();
    if (rewrapped > 0) log.info(`${rewrapped} values are under the newest master key now`);
    for (const value of refused) log.error(`${value} cannot be decrypted`);
  } catch (error) {
    log.error('values could not be brought under the newest master key', { error });
  }
}
