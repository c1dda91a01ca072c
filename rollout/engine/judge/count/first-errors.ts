import type { Arm, Tick } from '../tick.ts';

/**
 * Which clients had an error already: a bit for each, by a hash of its key. Two clients may share a
 * bit; the second one's error is then not counted, in whichever arm it is, which favours neither.
 */
export type SeenClients = readonly number[];

const WORDS = 2_048;
export const NO_CLIENTS: SeenClients = Array.from({ length: WORDS }, () => 0);

export interface FirstErrors {
  readonly canary: number;
  readonly stable: number;
  readonly seen: SeenClients;
  /** Every error had a client, so that nothing can come in bursts. */
  readonly areKeyed: boolean;
}

/** Errors of a tick, one for each client and rollout; those of unknown clients all count. */
export function countFirstErrors(tick: Tick, seen: SeenClients): FirstErrors {
  const fresh = new Map<number, { hash: number; canary: number; stable: number }>();
  for (const arm of ['canary', 'stable'] as const) {
    for (const client of tick[arm]?.errorClients ?? []) {
      const hash = hashOf(client);
      const bit = hash % (WORDS * 32);
      if (hasBit(seen, bit)) continue;
      const count = fresh.get(bit) ?? { hash, canary: 0, stable: 0 };
      count[arm] += 1;
      fresh.set(bit, count);
    }
  }
  const clients = [...fresh.values()];
  const onCanary = clients.filter(countsForCanary).length;
  const unknown = { canary: unknownErrors(tick.canary), stable: unknownErrors(tick.stable) };
  return {
    canary: unknown.canary + onCanary,
    stable: unknown.stable + clients.length - onCanary,
    seen: clients.length === 0 ? seen : withBits(seen, fresh.keys()),
    areKeyed: unknown.canary + unknown.stable === 0,
  };
}

/** A client with errors in both arms counts for one, by lot, in proportion to its errors there. */
function countsForCanary(client: { hash: number; canary: number; stable: number }): boolean {
  const lot = (Math.imul(client.hash, 0x9e3779b1) >>> 0) / 2 ** 32;
  return lot < client.canary / (client.canary + client.stable);
}

function unknownErrors(arm: Arm | null): number {
  return Math.max(0, (arm?.errors ?? 0) - (arm?.errorClients?.length ?? 0));
}

function hasBit(bits: SeenClients, bit: number): boolean {
  return (((bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

function withBits(bits: SeenClients, added: Iterable<number>): SeenClients {
  const next = bits.slice();
  for (const bit of added) next[bit >>> 5] = (next[bit >>> 5] ?? 0) | (1 << (bit & 31));
  return next;
}

/** FNV-1a, mixed once more so that its low bits are good too. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
