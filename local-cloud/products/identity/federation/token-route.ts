import type { Clock } from 'base/clock.ts';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import type { FaultBook } from '../../../fault/fault-book.ts';
import { meetFaults } from '../../../fault/fault-route.ts';
import type { PlainRoute } from '../../../protocol/handler.ts';
import { writeJson } from '../../../protocol/rest/write-answer.ts';
import { exchangeSchema, exchangeToken, TokenError } from './exchange-token.ts';
import type { PoolBook } from './pool-book.ts';

interface TokenDeps {
  readonly book: PoolBook;
  readonly faults: FaultBook;
  readonly clock: Pick<Clock, 'now'>;
}

/** The Security Token Service: https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token */
export function tokenRoute(deps: TokenDeps): PlainRoute {
  return {
    prefix: '/v1/token',
    matches: (verb, path) => verb === 'POST' && path === '/v1/token',
    answer: async (request, response) => {
      const signal = AbortSignal.timeout(60_000);
      const call = { service: 'google.identity.sts.v1.SecurityTokenService', method: 'Token' };
      await meetFaults(deps.faults, { ...call, transport: 'rest', signal, request: {} });
      try {
        const { data, error } = exchangeSchema.safeParse(await readForm(request));
        if (error) {
          const [issue] = error.issues;
          const where = issue?.path.join('.') ?? '';
          throw new TokenError('invalid_request', `Invalid value for "${where}".`);
        }
        writeJson(response, 200, exchangeToken(data, deps));
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        writeJson(response, 400, { error: error.error, error_description: error.message });
      }
    },
  };
}

/** A form (RFC 6749), or JSON with the same names, or with those of the REST reference. */
async function readForm(request: IncomingMessage): Promise<unknown> {
  const body = await text(request);
  if (!request.headers['content-type']?.includes('json'))
    return Object.fromEntries(new URLSearchParams(body));
  try {
    const entries = Object.entries(JSON.parse(body) as object).map(([key, value]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as unknown,
    ]);
    return Object.fromEntries(entries) as unknown;
  } catch {
    throw new TokenError('invalid_request', 'The body is not JSON.');
  }
}
