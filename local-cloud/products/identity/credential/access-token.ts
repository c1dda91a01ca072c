import { StatusError } from '../../../protocol/status-error.ts';

/** Whom a token is for. */
export interface Holder {
  /** The email of a service account, or `principal://…` of a federated identity. */
  readonly principal: string;
  /** Of a federated identity, all principal sets that it is in: `principalSet://…`. */
  readonly sets?: readonly string[];
}

interface Content extends Holder {
  readonly expiresAtMs: number;
}

const PREFIX = 'local-cloud.';
const INVALID =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.';

/** It says in the open whom it is for; who can reach local-cloud can make one. */
export function makeAccessToken(holder: Holder, expiresAt: Date): string {
  const content: Content = { ...holder, expiresAtMs: expiresAt.getTime() };
  return PREFIX + Buffer.from(JSON.stringify(content)).toString('base64url');
}

/**
 * Who calls; null for a caller without one of local-cloud's tokens, who may do anything.
 * @throws UNAUTHENTICATED when the token is over
 */
export function readCaller(authorization: string, now: Date): Holder | null {
  const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1] ?? '';
  if (!token.startsWith(PREFIX)) return null;
  const content = parse(token.slice(PREFIX.length));
  if (content && content.expiresAtMs > now.getTime()) return content;
  throw new StatusError('UNAUTHENTICATED', INVALID);
}

function parse(text: string): Content | null {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Content;
  } catch {
    return null;
  }
}
