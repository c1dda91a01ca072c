import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { FaultBook } from '../../fault/fault-book.ts';
import { meetFaults } from '../../fault/fault-route.ts';
import type { PlainRoute } from '../../protocol/handler.ts';
import { readJsonBody } from '../../protocol/rest/read-body.ts';
import { writeJson } from '../../protocol/rest/write-answer.ts';
import { StatusError } from '../../protocol/status-error.ts';

export interface RestCall<B> {
  /** The named groups of the path, decoded. */
  readonly variables: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: B;
  readonly authorization: string;
  /** Whom the request was sent to. */
  readonly host: string;
}

/** A method of an API whose protos no client ships: its requests are held against a schema. */
export interface RestMethod {
  /** As Google's reference calls the service and its method; faults meet it by the latter. */
  readonly service: string;
  readonly method: string;
  readonly verb: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Of the whole path, with named groups. */
  readonly path: RegExp;
  answer(call: RestCall<unknown>): object | Promise<object>;
}

interface Described<S extends z.ZodType> extends Omit<RestMethod, 'answer'> {
  readonly body: S;
  answer(call: RestCall<z.infer<S>>): object | Promise<object>;
}

export const noBody = z.strictObject({}).optional();

/** All parameters that any method of Google's takes. */
const COMMON = /^(\$\.xgafv|\$?alt|key|access_token|fields|prettyPrint|quotaUser|callback)$/;

export function restMethod<S extends z.ZodType>(described: Described<S>): RestMethod {
  const answer: RestMethod['answer'] = (call) => {
    const { data, error } = described.body.safeParse(call.body);
    if (!error) return described.answer({ ...call, body: data });
    throw new StatusError('INVALID_ARGUMENT', error.issues.map(describeIssue).join('; '));
  };
  return { ...described, answer };
}

export function restRoute(methods: readonly RestMethod[], faults: FaultBook): PlainRoute {
  const find = (verb: string, path: string): RestMethod | undefined =>
    methods.find((method) => method.verb === verb && method.path.test(path));
  return {
    prefix: '/',
    matches: (verb, path) => find(verb, path) !== undefined,
    answer: async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://local-cloud');
      const found = find(request.method ?? '', url.pathname);
      if (!found) throw new StatusError('NOT_FOUND', `There is no ${url.pathname}.`);
      const body = found.verb === 'GET' ? undefined : await readJsonBody(request);
      await meetFaults(faults, {
        service: found.service,
        method: found.method,
        transport: 'rest',
        signal: AbortSignal.timeout(60_000),
        request: {},
      });
      writeJson(response, 200, await found.answer(readCall(found, request, { url, body })));
    },
  };
}

function readCall(
  { path }: RestMethod,
  request: IncomingMessage,
  { url, body }: { url: URL; body: unknown },
): RestCall<unknown> {
  const groups = Object.entries(path.exec(url.pathname)?.groups ?? {});
  return {
    variables: Object.fromEntries(groups.map(([key, value]) => [key, decode(value)])),
    query: url.searchParams,
    body,
    authorization: request.headers.authorization ?? '',
    host: request.headers.host ?? '',
  };
}

/** @throws INVALID_ARGUMENT for parameters that the method does not have, as Google's APIs do */
export function requireQuery(query: URLSearchParams, names: readonly string[]): void {
  const strange = [...query.keys()].find((key) => !COMMON.test(key) && !names.includes(key));
  if (strange === undefined) return;
  const what = `Unknown name "${strange}": Cannot bind query parameter.`;
  throw new StatusError('INVALID_ARGUMENT', `Invalid JSON payload received. ${what}`);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const at = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return `Invalid value at '${at}': ${issue.message}`;
  const place = at === '' ? '' : ` at '${at}'`;
  const unknown = `Unknown name "${issue.keys[0]}"${place}: Cannot find field.`;
  return `Invalid JSON payload received. ${unknown}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StatusError('INVALID_ARGUMENT', `${text} in the path is not percent-encoded UTF-8`);
  }
}
