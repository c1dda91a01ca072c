import { fail } from '../../error-codes.ts';
import type { RestClient } from '../../pipeline/spec/rest-client-spec.ts';
import type { WholeEndpoint } from '../../pipeline/spec/rest-source-spec.ts';
import type { JsonScalar } from './page-reader.ts';
import type { StepChanges } from './page-reader.ts';

/** A request without credentials: those are added where it is sent. */
export interface RequestPlan {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string | null;
}

/** Values for `{resources.parent.field}` and `{incremental.start_value}`, by what is in braces. */
export type Bindings = Readonly<Record<string, JsonScalar>>;

export interface Filling {
  readonly bindings: Bindings;
  /** What the page adds. */
  readonly changes: StepChanges;
}

type RequestEndpoint = Pick<WholeEndpoint, 'path' | 'method' | 'headers' | 'params' | 'json'>;

const PLACEHOLDER = /\{((?:resources|incremental)\.[^{}]+)\}/g;

/**
 * The request for one page of a resource.
 * @throws config_invalid when a placeholder has no value, or one that would leave its path
 */
export function buildRequest(
  client: Pick<RestClient, 'base_url' | 'headers'>,
  endpoint: RequestEndpoint,
  { bindings, changes }: Filling,
): RequestPlan {
  return {
    method: endpoint.method.toUpperCase(),
    url: changes.url ?? urlOf(client.base_url, endpoint, { bindings, changes }),
    headers: {
      accept: 'application/json',
      ...fillHeaders(client.headers, bindings),
      ...fillHeaders(endpoint.headers, bindings),
    },
    body: bodyOf(endpoint, bindings, changes),
  };
}

/** Credentials go to the origin of `base_url` only, or from its http to https on the same host. */
export function mayCarryCredentials(url: string, baseUrl: string): boolean {
  const [to, base] = [new URL(url), new URL(baseUrl)];
  return (
    to.origin === base.origin ||
    (to.protocol === 'https:' && base.protocol === 'http:' && to.hostname === base.hostname)
  );
}

function urlOf(baseUrl: string, endpoint: RequestEndpoint, { bindings, changes }: Filling): string {
  const url = parseUrl(joinPath(baseUrl, fillPath(endpoint, bindings)));
  for (const [name, param] of Object.entries(endpoint.params)) {
    if (endpoint.path.includes(`{${name}}`)) continue;
    for (const value of [param].flat()) {
      const filled = typeof value === 'string' ? fillValue(value, bindings) : value;
      // The incremental and resolve parameters bring their values by other ways.
      if (filled === null || typeof filled === 'object') continue;
      url.searchParams.append(name, String(filled));
    }
  }
  for (const [name, value] of Object.entries(changes.query)) url.searchParams.set(name, value);
  return url.href;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw fail('config_invalid', `'${text.slice(0, 200)}' is not a URL of http or https`, {
    hint: "Check 'base_url' and the 'path' of the endpoint.",
  });
}

function joinPath(baseUrl: string, path: string): string {
  if (/^https?:\/\//i.test(path)) return path;
  return path === '' ? baseUrl : `${baseUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
}

/** Slashes of a value stay, because `owner/repository` is a usual parent field. */
function fillPath(endpoint: RequestEndpoint, bindings: Bindings): string {
  const wholeUrl = /^\{resources\.[^{}]+\}/.test(endpoint.path);
  return endpoint.path.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const param = endpoint.params[name];
    const value =
      bindings[name] ?? (typeof param === 'string' ? fillValue(param, bindings) : param);
    if (value === undefined || value === null || typeof value === 'object') {
      throw noValue(name, `the path '${endpoint.path}'`);
    }
    const text = String(value);
    if (wholeUrl && /^https?:\/\//i.test(text)) return text;
    if (/(^|[/\\])\.{1,2}([/\\]|$)/.test(text)) {
      throw fail('config_invalid', `The value '${text}' of {${name}} would leave the path`, {
        hint: 'Choose a field of the parent that holds an identifier.',
      });
    }
    return encodeURIComponent(text).replaceAll('%2F', '/');
  });
}

function fillHeaders(
  headers: Readonly<Record<string, string>>,
  bindings: Bindings,
): Record<string, string> {
  const filled = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    fillValue(value, bindings),
  ]);
  return Object.fromEntries(filled.filter(([, value]) => value !== null)) as Record<string, string>;
}

/** A text that is one placeholder keeps the type of its value; null when that has none. */
function fillValue(template: string, bindings: Bindings): JsonScalar {
  const whole = /^\{((?:resources|incremental)\.[^{}]+)\}$/.exec(template)?.[1];
  if (whole !== undefined) {
    if (!(whole in bindings)) throw noValue(whole, `'${template}'`);
    return bindings[whole] ?? null;
  }
  return template.replaceAll(PLACEHOLDER, (_, name: string) => {
    if (!(name in bindings)) throw noValue(name, `'${template}'`);
    return String(bindings[name] ?? '');
  });
}

function bodyOf(
  endpoint: RequestEndpoint,
  bindings: Bindings,
  changes: StepChanges,
): string | null {
  const additions = Object.entries(changes.body);
  if (endpoint.json === undefined && additions.length === 0) return null;
  const body = fillJson(endpoint.json ?? {}, bindings) as Record<string, unknown>;
  for (const [path, value] of additions) setAt(body, path.split('.'), value);
  return JSON.stringify(body);
}

function fillJson(value: unknown, bindings: Bindings): unknown {
  if (typeof value === 'string') return fillValue(value, bindings);
  if (Array.isArray(value)) return value.map((item) => fillJson(item, bindings));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, fillJson(item, bindings)]),
  );
}

function setAt(body: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    body[name] = value;
    return;
  }
  const child = body[name];
  const inner = typeof child === 'object' && child !== null && !Array.isArray(child) ? child : {};
  body[name] = inner;
  setAt(inner as Record<string, unknown>, rest, value);
}

function noValue(name: string, where: string) {
  return fail('config_invalid', `{${name}} in ${where} has no value`, {
    hint: 'Name a parameter of the endpoint, {resources.<parent>.<field>} with a field that every record of the parent has, or {incremental.start_value}.',
  });
}
