import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultBook } from '../../../fault/fault-book.ts';
import { loseAnswer, meetFaults } from '../../../fault/fault-route.ts';
import type { PlainRoute } from '../../../protocol/handler.ts';
import { writeJson } from '../../../protocol/rest/write-answer.ts';
import { BigQueryError, writeBigQueryError } from '../bigquery-error.ts';
import { asRefusal } from './refusal.ts';
import type { BigQueryCall, Method, PathParameters, RouteDeps } from './bigquery-call.ts';
import { datasetMethods } from './dataset-methods.ts';
import { InsertIds } from './insert-ids.ts';
import { jobMethods } from './job-methods.ts';
import { queryMethods } from './query-methods.ts';
import { rowMethods } from './row-methods.ts';
import { tableMethods } from './table-methods.ts';
import { uploadMethods } from './upload-methods.ts';

const P = '/projects/{projectId}';
const D = `${P}/datasets/{datasetId}`;
const T = `${D}/tables/{tableId}`;

/** HTTP method and path of each method, below `/bigquery/v2`. */
const PATHS: Readonly<Record<string, readonly [http: string, path: string]>> = {
  'bigquery.datasets.insert': ['POST', `${P}/datasets`],
  'bigquery.datasets.list': ['GET', `${P}/datasets`],
  'bigquery.datasets.get': ['GET', D],
  'bigquery.datasets.patch': ['PATCH', D],
  'bigquery.datasets.update': ['PUT', D],
  'bigquery.datasets.delete': ['DELETE', D],
  'bigquery.tables.insert': ['POST', `${D}/tables`],
  'bigquery.tables.list': ['GET', `${D}/tables`],
  'bigquery.tables.get': ['GET', T],
  'bigquery.tables.patch': ['PATCH', T],
  'bigquery.tables.update': ['PUT', T],
  'bigquery.tables.delete': ['DELETE', T],
  'bigquery.tabledata.list': ['GET', `${T}/data`],
  'bigquery.tabledata.insertAll': ['POST', `${T}/insertAll`],
  'bigquery.projects.list': ['GET', '/projects'],
  'bigquery.jobs.insert': ['POST', `${P}/jobs`],
  'bigquery.jobs.list': ['GET', `${P}/jobs`],
  'bigquery.jobs.get': ['GET', `${P}/jobs/{jobId}`],
  'bigquery.jobs.cancel': ['POST', `${P}/jobs/{jobId}/cancel`],
  'bigquery.jobs.delete': ['DELETE', `${P}/jobs/{jobId}/delete`],
  'bigquery.jobs.query': ['POST', `${P}/queries`],
  'bigquery.jobs.getQueryResults': ['GET', `${P}/queries/{jobId}`],
};

interface Route {
  readonly name: string;
  readonly http: readonly string[];
  readonly path: RegExp;
  readonly method: Method;
}

/** BigQuery's REST API: https://cloud.google.com/bigquery/docs/reference/rest. */
export function bigQueryRoutes(deps: RouteDeps, faults: FaultBook): readonly PlainRoute[] {
  const methods = {
    ...datasetMethods,
    ...tableMethods,
    ...rowMethods(new InsertIds()),
    ...jobMethods,
    ...queryMethods,
  };
  const routes = Object.entries(PATHS).flatMap(([name, [http, path]]) => {
    const method = methods[name];
    return method ? [{ name, http: [http], path: pattern(path), method }] : [];
  });
  const uploads = Object.entries(uploadMethods()).map(([name, method]) => ({
    name,
    http: ['POST', 'PUT'],
    path: pattern(`${P}/jobs`),
    method,
  }));
  const serve = (prefix: string, served: readonly Route[]): PlainRoute => ({
    prefix,
    answer: (request, response) =>
      answer({ deps, faults, prefix, routes: served }, request, response),
  });
  return [
    serve('/bigquery/v2', routes),
    serve('/upload/bigquery/v2', uploads),
    serve('/resumable/upload/bigquery/v2', uploads),
  ];
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`);
}

interface Served {
  readonly deps: RouteDeps;
  readonly faults: FaultBook;
  readonly prefix: string;
  readonly routes: readonly Route[];
}

async function answer(
  served: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', search = ''] = (request.url ?? '').split(/\?(.*)/s);
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const { route, parameters } = findRoute(served, request.method ?? '', path);
    const call: BigQueryCall = {
      deps: served.deps,
      request,
      response,
      query: new URLSearchParams(search),
      host: request.headers.host ?? '',
      signal: gone.signal,
    };
    const begun = {
      service: 'bigquery',
      method: route.name,
      transport: 'rest',
      signal: gone.signal,
      request: parameters,
    } as const;
    await meetFaults(served.faults, begun);
    const body = await route.method(call, parameters);
    if (!response.headersSent) loseAnswer(served.faults, begun);
    if (response.headersSent) return;
    if (body !== undefined) return writeJson(response, 200, body);
    response.writeHead(204);
    response.end();
  } catch (error) {
    const refusal = asRefusal(error);
    if (!refusal || response.headersSent) throw error;
    writeBigQueryError(response, refusal);
  }
}

function findRoute(
  { routes, prefix }: Served,
  http: string,
  path: string,
): { route: Route; parameters: PathParameters } {
  const below = path.slice(prefix.length);
  for (const route of routes) {
    const found = route.http.includes(http) ? route.path.exec(below) : null;
    if (found) return { route, parameters: decode(found.groups ?? {}) };
  }
  throw new BigQueryError('notImplemented', `local-cloud does not model ${http} ${path}.`);
}

function decode(groups: Readonly<Record<string, string>>): PathParameters {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    throw new BigQueryError('badRequest', 'The path is not percent-encoded UTF-8.');
  }
}
