import { StatusError } from '../../../protocol/status-error.ts';

/** What conditions speak about: `assertion.…`, and with mapped names `google.subject`, `attribute.…`. */
export type Claims = Readonly<Record<string, unknown>>;

const PATH = String.raw`((?:assertion|attribute|google)(?:\.\w+)+)`;
const TEXT = String.raw`(?:'([^']*)'|"([^"]*)")`;
const COMPARISON = new RegExp(`^${PATH}\\s*(==|!=)\\s*${TEXT}$`);
const PREFIX = new RegExp(`^${PATH}\\.startsWith\\(${TEXT}\\)$`);
const MEMBER = new RegExp(`^${PATH}\\s+in\\s+\\[(.*)\\]$`);

/**
 * The part of CEL that is modelled: `==`, `!=`, `in [..]` and `.startsWith(..)` between a claim and
 * texts, joined by `&&`.
 * @throws UNIMPLEMENTED for all else
 */
export function readCondition(text: string): (claims: Claims) => boolean {
  const terms = text.split('&&').map((term) => readTerm(term.trim()));
  return (claims) => terms.every((isTrue) => isTrue(claims));
}

function readTerm(term: string): (claims: Claims) => boolean {
  const [, path = '', operator, one, other] = COMPARISON.exec(term) ?? [];
  if (operator) {
    const expected = one ?? other;
    return (claims) => (readClaim(claims, path) === expected) === (operator === '==');
  }
  const [, prefixed, first, second] = PREFIX.exec(term) ?? [];
  if (prefixed) {
    const prefix = first ?? second ?? '';
    return (claims) => readClaim(claims, prefixed)?.startsWith(prefix) ?? false;
  }
  const [, listed, list = ''] = MEMBER.exec(term) ?? [];
  if (!listed) throw new StatusError('UNIMPLEMENTED', `local-cloud does not model the CEL ${term}`);
  const texts = [...list.matchAll(new RegExp(TEXT, 'g'))].map((found) => found[1] ?? found[2]);
  return (claims) => texts.includes(readClaim(claims, listed));
}

/** Undefined when it is not there; texts as they are, other values as JSON. */
export function readClaim(claims: Claims, path: string): string | undefined {
  const direct = claims[path];
  const value =
    direct ?? path.split('.').reduce<unknown>((found, key) => child(found, key), claims);
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function child(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(key);
}
