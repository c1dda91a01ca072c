import { canonical, textOf } from '../api-document.ts';
import type { ApiDocument, JsonObject, Node } from '../api-document.ts';
import type { Judged } from './sunset.ts';

/** Schemes that are needed together, each with its scopes. */
type Requirement = ReadonlyMap<string, ReadonlySet<string>>;

interface Secured {
  readonly document: ApiDocument;
  readonly operation: Node;
}

/**
 * Whoever could call the operation with what it has must still be able to: for each way in there
 * must be one that asks for no more. A tightening is an error, which oasdiff does not think.
 */
export function compareSecurity(base: Secured, revision: Secured): Judged[] {
  const was = waysIn(base);
  const is = waysIn(revision);
  const lost = was.filter((way) => !is.some((other) => asksNoMore(other, way)));
  const fresh = is.filter((way) => !was.some((other) => asksNoMore(other, way)));
  const found = lost.map((way) => judgeLost(way, is));
  if (found.length > 0) return unique(found);
  return unique(fresh.map((way) => judgeNew(way, was)));
}

function judgeNew(way: Requirement, was: readonly Requirement[]): Judged {
  const level = 'INFO';
  if (way.size === 0) {
    return { id: 'api-security-removed', level, text: 'can be called by anybody now' };
  }
  const isLess = was.some((other) => [...way.keys()].every((scheme) => other.has(scheme)));
  return isLess
    ? { id: 'api-security-scope-removed', level, text: 'asks for fewer scopes' }
    : { id: 'api-security-added', level, text: `can be called with ${describe(way)}, too` };
}

function judgeLost(way: Requirement, is: readonly Requirement[]): Judged {
  const same = is.find((other) => [...other.keys()].every((scheme) => way.has(scheme)));
  if (same) {
    const scopes = [...same].flatMap(([scheme, asked]) =>
      [...asked].filter((scope) => !way.get(scheme)?.has(scope)),
    );
    const text = `asks for the scopes ${scopes.join(', ')}, too`;
    return { id: 'api-security-scope-added', level: 'ERR', text };
  }
  if (way.size === 0) {
    return {
      id: 'api-security-added',
      level: 'ERR',
      text: 'could be called by anybody, and asks for credentials now',
    };
  }
  const isAddition = is.some((other) => [...way.keys()].every((scheme) => other.has(scheme)));
  if (isAddition) {
    return { id: 'api-security-added', level: 'ERR', text: 'asks for further credentials' };
  }
  return {
    id: 'api-security-removed',
    level: 'ERR',
    text: `can no longer be called with ${describe(way)}`,
  };
}

function describe(way: Requirement): string {
  return [...way.keys()].map((scheme) => scheme.split(' ')[0]).join(' and ');
}

function unique(found: readonly Judged[]): Judged[] {
  return [...new Map(found.map((one) => [one.id + one.text, one])).values()];
}

function asksNoMore(way: Requirement, credentials: Requirement): boolean {
  return [...way].every(([scheme, scopes]) => {
    const held = credentials.get(scheme);
    return held !== undefined && [...scopes].every((scope) => held.has(scope));
  });
}

/** None is one way that asks for nothing. */
function waysIn({ document, operation }: Secured): Requirement[] {
  const root: Node = { value: document.root, pointer: '', component: null };
  const place = operation.value.security === undefined ? root : operation;
  const listed = document.listAt(place, 'security').map((one) => document.asObject(one));
  if (listed.length === 0) return [new Map()];
  return listed.map(
    ({ value }) =>
      new Map(
        Object.entries(value).map(([name, scopes]) => [
          identify(document, name),
          new Set(Array.isArray(scopes) ? scopes.map(String) : []),
        ]),
      ),
  );
}

/** A scheme is what it asks of clients, not what it is called. */
function identify(document: ApiDocument, name: string): string {
  const root: Node = { value: document.root, pointer: '', component: null };
  const schemes = document.objectAt(document.objectAt(root, 'components'), 'securitySchemes');
  const scheme = document.at(schemes, name);
  if (scheme === undefined) return name;
  const { type, in: place, name: key, scheme: http, openIdConnectUrl } = scheme.value as JsonObject;
  const kind = textOf(type);
  const alike = Object.keys(schemes.value).filter((other) => {
    const { value } = document.objectAt(schemes, other);
    return value.type === type && value.scheme === http && value.in === place && value.name === key;
  });
  // Two of one kind can only be told by their names.
  const own = alike.length > 1 ? name : '';
  return `${kind} ${canonical([place ?? null, key ?? null, lower(http), openIdConnectUrl ?? null, own])}`;
}

function lower(value: unknown): string | null {
  return typeof value === 'string' ? value.toLowerCase() : null;
}
