import { randomBytes as systemRandomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

export type RandomBytes = (sizeBytes: number) => Uint8Array;
export type NextId = () => string;

export interface UuidV7Deps {
  readonly clock: Pick<Clock, 'now'>;
  readonly randomBytes?: RandomBytes;
}

const MAX_SEQUENCE = 0xfff;

/**
 * Makes UUIDs of version 7 (RFC 9562): they sort by creation time, also within one millisecond of
 * one generator and when the clock is set back, because the 12 bits after the time count up.
 */
export function createUuidV7(deps: UuidV7Deps): NextId {
  const randomBytes = deps.randomBytes ?? systemRandomBytes;
  let lastMs = -1;
  let sequence = 0;
  return () => {
    const random = randomBytes(10);
    const nowMs = deps.clock.now().getTime();
    if (nowMs > lastMs) {
      lastMs = nowMs;
      // Half the range is left for counting up.
      sequence = (((random[0] ?? 0) << 8) | (random[1] ?? 0)) & (MAX_SEQUENCE >> 1);
    } else if (sequence < MAX_SEQUENCE) {
      sequence++;
    } else {
      lastMs++;
      sequence = 0;
    }
    return formatUuidV7(lastMs, sequence, random.subarray(2));
  };
}

function formatUuidV7(timeMs: number, sequence: number, tail: Uint8Array): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const variant = ((tail[0] ?? 0) & 0x3f) | 0x80;
  const rest = Buffer.from([variant, ...tail.subarray(1)]).toString('hex');
  const counter = sequence.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${rest.slice(0, 4)}-${rest.slice(4)}`;
}

/**
 * The id itself where it sorts after another UUID of version 7, else one that does: of the moment of
 * the other, one further in its count, and as random as before.
 */
export function idAfter(other: string | null, id: string): string {
  if (other === null || id > other) return id;
  const count = Number.parseInt(other.slice(15, 18), 16);
  const timeMs = Number.parseInt(other.slice(0, 8) + other.slice(9, 13), 16);
  const isFull = count === MAX_SEQUENCE;
  const tail = Buffer.from(id.slice(19).replace('-', ''), 'hex');
  return formatUuidV7(isFull ? timeMs + 1 : timeMs, isFull ? 0 : count + 1, tail);
}

/** Random material for a key, in base64url: 43 characters for 32 bytes. */
export function randomKey(sizeBytes = 32, randomBytes: RandomBytes = systemRandomBytes): string {
  return Buffer.from(randomBytes(sizeBytes)).toString('base64url');
}
