import { Option } from 'commander';
import { fail } from '../../../engine/error-codes.ts';

/** Of the 64 digits of a hash; enough to name a key. */
const SHOWN_DIGITS = 12;

export interface ListedKey {
  readonly hash: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
  readonly expires_at: string | null;
  readonly replaced_by: string | null;
}

export function shortHash(hash: string): string {
  return hash.slice(0, SHOWN_DIGITS);
}

export function overlapOption(): Option {
  return new Option('--overlap <duration>', 'for how long the old key still opens').default('24h');
}

export function lastUseOf({ last_used_at }: ListedKey): string {
  return last_used_at?.slice(0, 10) ?? 'never';
}

/** `now` is not asked: the platform decides, and its clock may differ. */
export function stateOf({ revoked_at, expires_at, replaced_by }: ListedKey): string {
  if (revoked_at !== null) return `revoked ${revoked_at.slice(0, 10)}`;
  if (expires_at === null) return 'valid';
  const minute = `${expires_at.slice(0, 10)} ${expires_at.slice(11, 16)}`;
  return `${replaced_by === null ? 'until' : 'replaced, until'} ${minute}`;
}

/** The key whose hash begins with `start`. @throws key_absent, request_invalid */
export function findByHash<T extends ListedKey>(
  keys: readonly T[],
  start: string,
  listing: string,
): T {
  const [found, ...others] = keys.filter(({ hash }) => hash.startsWith(start));
  const hint = `\`${listing}\` shows the hashes.`;
  if (!found) throw fail('key_absent', `No key has a hash that begins with '${start}'`, { hint });
  if (others.length === 0) return found;
  throw fail('request_invalid', `'${start}' begins the hashes of ${others.length + 1} keys`, {
    hint,
  });
}
