import { createHash } from 'node:crypto';

const LENGTH = 16;

/** Short, and the same on every machine. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, LENGTH);
}
