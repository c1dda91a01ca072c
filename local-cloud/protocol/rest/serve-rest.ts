import { toJson } from '@bufbuild/protobuf';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCall } from '../answer-call.ts';
import type { Answering } from '../answer-call.ts';
import type { PlainRoute } from '../handler.ts';
import type { Listening, ProtocolServer } from '../protocol-server.ts';
import { StatusError } from '../status-error.ts';
import { buildPathTable, matchPath } from './path-table.ts';
import type { PathMatch, PathRow } from './path-table.ts';
import { readRequest } from './read-request.ts';
import { writeError, writeJson } from './write-answer.ts';

interface RestDoor extends Answering {
  readonly table: readonly PathRow[];
  /** Longest prefix first. */
  readonly routes: readonly PlainRoute[];
}

/** Serves the methods that have an HTTP rule, and the plain routes; rejects when the port is taken. */
export async function serveRest(
  answering: Answering,
  routes: readonly PlainRoute[],
  { host, port }: Listening,
): Promise<ProtocolServer> {
  const door: RestDoor = {
    ...answering,
    table: buildPathTable(answering.schema.methods),
    routes: routes.toSorted((a, b) => b.prefix.length - a.prefix.length),
  };
  const server = createServer((request, response) => {
    answerRequest(door, request, response).catch((error: unknown) => writeError(response, error));
    response.on('close', () => {
      // Kept alive, the connection would hold up the end.
      if (!server.listening) server.closeIdleConnections();
    });
  });
  server.listen({ host, port });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    drain: () => drain(server),
    cut: () => server.closeAllConnections(),
  };
}

async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}

async function answerRequest(
  door: RestDoor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = readUrl(request);
  const route = door.routes.find(
    ({ prefix, matches }) =>
      url.pathname.startsWith(prefix) && (matches?.(request.method ?? '', url.pathname) ?? true),
  );
  if (route !== undefined) return route.answer(request, response);
  const match = findMethod(door, request, url);
  const { method } = match;
  const answer = await answerCall(door, {
    method,
    call: {
      service: method.service,
      method: method.name,
      transport: 'rest',
      signal: endSignal(door, response),
    },
    routing: null,
    read: () => readRequest(door.schema, match, { request, query: url.searchParams }),
  });
  const { registry } = door.schema;
  const enumAsInteger = url.searchParams.get('$alt')?.includes('enum-encoding=int') ?? false;
  writeJson(response, 200, toJson(method.desc.output, answer, { registry, enumAsInteger }));
}

function readUrl({ url = '/' }: IncomingMessage): URL {
  const read = URL.parse(url, 'http://local-cloud');
  if (read !== null) return read;
  throw new StatusError('INVALID_ARGUMENT', `${url} is not a path`);
}

function findMethod(
  door: RestDoor,
  { method: verb = 'GET' }: IncomingMessage,
  url: URL,
): PathMatch {
  const match = matchPath(door.table, verb, url.pathname);
  if (match !== null) return match;
  const message = `no method of the APIs served here has the path ${verb} ${url.pathname}`;
  throw new StatusError('NOT_FOUND', message);
}

function endSignal({ closing }: Answering, response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  return AbortSignal.any([gone.signal, closing]);
}
