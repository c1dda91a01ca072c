import type { RewrapAnswer } from '../../../server/api/contract/key/master-key.ts';
import { createApiClient } from '../../client/api-client.ts';
import type { Invocation } from '../../invocation.ts';
import { findRunning } from '../../wire.ts';
import type { Settings } from '../../wire.ts';

/** Brings everything under the newest master key; null when no platform runs here. */
export async function rewrapValues(
  { options }: Invocation,
  { DATA_DIR, ADMIN_API_KEY }: Settings,
): Promise<RewrapAnswer | null> {
  const running = options.url
    ? { url: options.url, adminKey: undefined }
    : await findRunning(DATA_DIR);
  if (!running) return null;
  const adminKey = options.adminKey ?? ADMIN_API_KEY ?? running.adminKey;
  return await createApiClient({ url: running.url, adminKey }).rewrapValues();
}

export function renderRewrap(rewrap: RewrapAnswer | null): string[] {
  if (rewrap === null) {
    return [
      'A running platform brings everything under it within a minute, another when it starts.',
    ];
  }
  return [
    `${rewrap.rewrapped} values are under it now`,
    ...rewrap.refused.map((name) => `${name} cannot be decrypted`),
  ];
}
