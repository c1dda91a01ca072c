import type { IncomingMessage } from 'node:http';

/** Of one connection, not of the message (RFC 9110, 7.6.1); Connection names more of them. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers of a request for the instance: name, value, name, value. */
export function requestHeaders(request: IncomingMessage): string[] {
  const headers = endToEnd(request.rawHeaders, request.headers.connection);
  return [...headers, ...forwarding(request)];
}

/** Headers of a request that changes the protocol: those that say so stay. */
export function upgradeHeaders(request: IncomingMessage): string[] {
  const upgrade = request.headers.upgrade ?? '';
  return [...requestHeaders(request), 'Connection', 'Upgrade', 'Upgrade', upgrade];
}

/** Headers of an answer for the client. Bytes of header values are Latin-1 on both sides. */
export function responseHeaders(raw: readonly (Buffer | string)[]): string[] {
  const headers = raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
  const at = headers.findIndex((part, nr) => nr % 2 === 0 && part.toLowerCase() === 'connection');
  return endToEnd(headers, at < 0 ? undefined : headers[at + 1]);
}

function endToEnd(headers: readonly string[], connection: string | undefined): string[] {
  const named = connection === undefined ? [] : connection.toLowerCase().split(/\s*,\s*/);
  const kept: string[] = [];
  for (let nr = 0; nr < headers.length; nr += 2) {
    const name = (headers[nr] ?? '').toLowerCase();
    // `forwarding` writes them anew. The instance's server has nothing to expect: the body follows.
    const isOurs = name === 'x-forwarded-for' || name === 'x-forwarded-proto' || name === 'expect';
    if (isOurs || HOP_BY_HOP.has(name) || named.includes(name)) continue;
    kept.push(headers[nr] ?? '', headers[nr + 1] ?? '');
  }
  return kept;
}

function forwarding(request: IncomingMessage): string[] {
  const before = request.headers['x-forwarded-for'];
  const client = request.socket.remoteAddress ?? '';
  const chain = before === undefined ? client : `${String(before)}, ${client}`;
  return ['X-Forwarded-For', chain, 'X-Forwarded-Proto', 'http'];
}
