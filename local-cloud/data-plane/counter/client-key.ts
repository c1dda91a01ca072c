import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What tells clients apart, the best first. */
const IDENTIFYING = ['authorization', 'x-api-key', 'cookie', 'x-forwarded-for'] as const;

/**
 * A key for the client of a request, which gives nothing of its secrets away. All that comes from
 * this machine has one address, which says nothing: without a header such a request has a key of its
 * own, so that the errors of one load generator are not taken for those of one client.
 */
export function clientKey({ headers, socket }: IncomingMessage): string {
  const name = IDENTIFYING.find((header) => headers[header] !== undefined);
  const address = socket.remoteAddress ?? '';
  if (name === undefined && isLoopback(address)) return randomUUID().slice(0, 13);
  const identity = name === undefined ? address : `${name}: ${String(headers[name])}`;
  return createHash('sha256').update(identity).digest('base64url').slice(0, 16);
}

function isLoopback(address: string): boolean {
  return address === '' || address === '::1' || /^(::ffff:)?127\./.test(address);
}
