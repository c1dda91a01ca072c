import type { ResponseAction } from '../../pipeline/spec/rest-source-spec.ts';

export type Verdict = 'accept' | ResponseAction['action'] | 'refuse' | 'authenticate';

/** Asked again by the server itself, or by a gateway before it: RFC 9110, RFC 6585, RFC 8470. */
const RETRIED = new Set([408, 425, 429]);

/**
 * What to do with a response. The first action of the config that matches decides; an action with
 * both `status_code` and `content` needs both. `body` is the text at its beginning.
 */
export function judgeResponse(
  status: number,
  body: string,
  actions: readonly ResponseAction[],
): Verdict {
  const match = actions.find((action) => applies(action, status, body));
  if (match) return match.action;
  if (status >= 200 && status < 300) return 'accept';
  if (status >= 500 || RETRIED.has(status)) return 'retry';
  return status === 401 || status === 403 ? 'authenticate' : 'refuse';
}

function applies(action: ResponseAction, status: number, body: string): boolean {
  const { status_code: wanted, content } = action;
  if (wanted === undefined && content === undefined) return false;
  return (
    (wanted === undefined || wanted === status) && (content === undefined || body.includes(content))
  );
}
/** Header names in lower case. */
export type ResponseHeaders = Readonly<Record<string, string>>;

/**
 * How long a response asks to wait, in ms from `now`; null when it does not ask. `Retry-After` in
 * seconds or as a date (RFC 9110, 10.2.3) goes first; then, once nothing is left of a quota,
 * `RateLimit-Reset` and `X-RateLimit-Reset`, which some send as seconds and others as a Unix time.
 */
export function retryAfterMs(headers: ResponseHeaders, now: Date): number | null {
  const asked = headers['retry-after'];
  if (asked !== undefined) return secondsMs(asked) ?? dateMs(asked, now);
  for (const prefix of ['ratelimit', 'x-ratelimit', 'x-rate-limit']) {
    const reset = headers[`${prefix}-reset`];
    if (reset !== undefined && Number(headers[`${prefix}-remaining`]) === 0) {
      return resetMs(reset, now);
    }
  }
  return null;
}

/** A count of seconds this large is a Unix time: 2001-09-09. */
const UNIX_TIME_FROM = 1_000_000_000;

function resetMs(text: string, now: Date): number | null {
  const ms = secondsMs(text);
  if (ms === null) return dateMs(text, now);
  return ms < UNIX_TIME_FROM * 1000 ? ms : Math.max(0, ms - now.getTime());
}

function secondsMs(text: string): number | null {
  return /^\s*\d+(\.\d+)?\s*$/.test(text) ? Math.ceil(Number(text) * 1000) : null;
}

function dateMs(text: string, now: Date): number | null {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - now.getTime());
}

/**
 * The target of the first link with this relation in a Link header (RFC 8288, section 3), as it
 * stands there: absolute or relative. Targets may hold commas and semicolons, `rel` may list
 * several relations, and names compare without case.
 */
export function findLink(header: string, relation: string): string | null {
  for (const [, target = '', parameters = ''] of header.matchAll(LINK)) {
    if (relationsOf(parameters).includes(relation.toLowerCase())) return target;
  }
  return null;
}

const LINK = /<([^>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)/g;
const PARAMETER = /;\s*([^\s=;,"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))/g;

function relationsOf(parameters: string): readonly string[] {
  for (const [, name, quoted, bare] of parameters.matchAll(PARAMETER)) {
    // "The rel parameter MUST NOT appear more than once; occurrences after the first are ignored."
    if (name?.toLowerCase() === 'rel') return (quoted ?? bare ?? '').toLowerCase().split(/\s+/);
  }
  return [];
}
