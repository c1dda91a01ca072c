import type { FastifyReply } from 'fastify';
import { fail } from '../../engine/error-codes.ts';

/** For work that answers to a request: aborted when the client is gone or the time is over. */
export function signalOf(reply: FastifyReply, timeoutMs: number): AbortSignal {
  // request.signal of fastify is no use here: it is aborted as soon as a body has been read.
  const ended = new AbortController();
  const late = setTimeout(() => {
    ended.abort(fail('request_timeout', `The answer took longer than ${timeoutMs} ms.`));
  }, timeoutMs);
  reply.raw.once('close', () => {
    clearTimeout(late);
    ended.abort(fail('request_timeout', 'The client went away.'));
  });
  return ended.signal;
}
