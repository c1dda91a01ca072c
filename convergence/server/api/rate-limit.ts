import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { fail } from '../../engine/error-codes.ts';
import type { Settings } from '../settings/settings.ts';
import type { Api } from './api.ts';

const WINDOW_MS = 60_000;
/** Addresses and keys that are remembered; the least recent are forgotten, which lets them in. */
const REMEMBERED = 20_000;

type Limits = Pick<Settings, 'RATE_LIMIT_PER_ADDRESS' | 'RATE_LIMIT_PER_KEY'>;

/** Counts requests per minute: of an address before its key is looked at, then of the key. */
export async function limitRates(app: Api, limits: Limits): Promise<void> {
  await app.register(rateLimit, { global: false, cache: REMEMBERED, timeWindow: WINDOW_MS });
  const perAddress = limits.RATE_LIMIT_PER_ADDRESS;
  if (perAddress > 0) {
    const check = app.createRateLimit({ max: perAddress });
    app.addHook('onRequest', async (request) => {
      if (!isHealth(request)) refuse(await check(request), 'from your address');
    });
  }
  const perKey = limits.RATE_LIMIT_PER_KEY;
  if (perKey > 0) {
    const check = app.createRateLimit({ max: perKey, keyGenerator: sentKey });
    app.addHook('preParsing', async (request) => {
      if (request.caller?.actor === 'api') refuse(await check(request), 'with your key');
    });
  }
}

/** A probe that is refused would stop a healthy server. */
function isHealth(request: FastifyRequest): boolean {
  return request.url.startsWith('/health');
}

function sentKey(request: FastifyRequest): string {
  return String(request.headers['x-api-key']);
}

type Verdict = Awaited<ReturnType<ReturnType<Api['createRateLimit']>>>;

function refuse(verdict: Verdict, whose: string): void {
  if (verdict.isAllowed || !verdict.isExceeded) return;
  const { max, ttl } = verdict;
  throw fail('rate_limited', `More than ${max} requests in a minute came ${whose}.`, {
    hint: `Wait ${Math.ceil(ttl / 1_000)} seconds, then send fewer.`,
    details: { limit: max, retryAfterMs: ttl },
  });
}
