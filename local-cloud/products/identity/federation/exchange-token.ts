import type { Clock } from 'base/clock.ts';
import { z } from 'zod';
import { makeAccessToken } from '../credential/access-token.ts';
import { withProjectNumber } from '../project-number.ts';
import { readClaim, readCondition } from './condition.ts';
import type { Claims } from './condition.ts';
import type { PoolBook } from './pool-book.ts';
import type { Provider } from './provider.ts';

/** A refusal in the form of RFC 6749, section 5.2. */
export class TokenError extends Error {
  readonly error: string;
  constructor(error: string, description: string) {
    super(description);
    this.error = error;
  }
}

export const exchangeSchema = z.object({
  grant_type: z.literal('urn:ietf:params:oauth:grant-type:token-exchange'),
  audience: z.string(),
  subject_token: z.string(),
  subject_token_type: z.enum([
    'urn:ietf:params:oauth:token-type:jwt',
    'urn:ietf:params:oauth:token-type:id_token',
  ]),
  requested_token_type: z.literal('urn:ietf:params:oauth:token-type:access_token').optional(),
});

const LIFETIME_S = 3600;
const AUDIENCE = '//iam.googleapis.com/';

/**
 * Exchanges a token of another identity provider (RFC 8693). Its claims are held against the
 * provider's settings; its signature is not, because its issuer's keys are out of reach.
 */
export function exchangeToken(
  asked: z.infer<typeof exchangeSchema>,
  { book, clock }: { readonly book: PoolBook; readonly clock: Pick<Clock, 'now'> },
): object {
  const provider = findProvider(book, asked.audience);
  const assertion = readJwt(asked.subject_token);
  checkClaims(provider, assertion, clock.now());
  const mapped = mapClaims(provider, assertion);
  const { attributeCondition } = provider;
  if (attributeCondition && !readCondition(attributeCondition)({ assertion, ...mapped }))
    throw new TokenError(
      'unauthorized_client',
      'The given credential is rejected by the attribute condition.',
    );
  const expiresAt = new Date(clock.now().getTime() + LIFETIME_S * 1000);
  return {
    access_token: makeAccessToken(holderOf(provider, mapped), expiresAt),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: LIFETIME_S,
  };
}

function findProvider(book: PoolBook, audience: string): Provider {
  const name = audience.startsWith(AUDIENCE) ? audience.slice(AUDIENCE.length) : '';
  const provider = book.providers.get(withProjectNumber(name));
  const pool = book.pools.get(name.split('/providers/')[0] ?? '');
  if (provider && pool && !provider.disabled && !pool.disabled) return provider;
  throw new TokenError(
    'invalid_target',
    'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
  );
}

function readJwt(token: string): Claims {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    );
    if (typeof claims === 'object' && claims !== null) return claims as Claims;
  } catch {
    // Not a JWT: said below.
  }
  throw new TokenError('invalid_grant', 'Error parsing the subject token: it is not a JWT.');
}

function checkClaims({ name, oidc }: Provider, claims: Claims, now: Date): void {
  const { iss, aud, exp } = claims;
  if (iss !== oidc.issuerUri)
    throw new TokenError(
      'invalid_grant',
      `The issuer in ID Token ${String(iss)} does not match the expected ones: ${oidc.issuerUri}`,
    );
  const full = `//iam.googleapis.com/${name}`;
  const allowed = oidc.allowedAudiences?.length ? oidc.allowedAudiences : [full, `https:${full}`];
  const given = [aud].flat().map(String);
  if (!given.some((one) => allowed.includes(one)))
    throw new TokenError(
      'invalid_grant',
      `The audience in ID Token [${given.join(', ')}] does not match the expected audience.`,
    );
  if (typeof exp !== 'number' || exp * 1000 <= now.getTime())
    throw new TokenError('invalid_grant', `ID Token is expired at ${String(exp)}.`);
}

function mapClaims({ attributeMapping = {} }: Provider, assertion: Claims): Claims {
  const entries = Object.entries(attributeMapping).map(([name, source]) => {
    const value = readClaim({ assertion }, source);
    if (value === undefined)
      throw new TokenError('invalid_grant', `Could not obtain a value for ${name} from ${source}.`);
    return [name, value];
  });
  return Object.fromEntries(entries) as Claims;
}

/** https://cloud.google.com/iam/docs/principal-identifiers#allow */
function holderOf({ name }: Provider, mapped: Claims) {
  const pool = `//iam.googleapis.com/${name.split('/providers/')[0]}`;
  const attributes = Object.entries(mapped).filter(([key]) => key.startsWith('attribute.'));
  const sets = attributes.map(([key, value]) => `principalSet:${pool}/${key}/${String(value)}`);
  return {
    principal: `principal:${pool}/subject/${String(mapped['google.subject'])}`,
    sets: [`principalSet:${pool}/*`, ...sets],
  };
}
