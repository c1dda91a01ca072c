import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { AppError } from 'base/error.ts';
import { fail } from '../data-plane-error.ts';
import type { LocalDataPlane } from '../served/local-data-plane.ts';
import type { ControlAnswer, ControlMethod } from './control-call.ts';

type Calls = Readonly<
  Record<ControlMethod, (args: readonly never[], signal: AbortSignal) => Promise<unknown>>
>;

interface ControlServerOrder {
  readonly plane: LocalDataPlane;
  readonly token: string;
  /** Called when a client asks the process to end, after it was answered. */
  readonly onStop: () => void;
}

/** Takes orders for the data plane at a port of 127.0.0.1, from whoever knows the token. */
export async function startControlServer(order: ControlServerOrder): Promise<Server> {
  const calls = callsOf(order);
  // An order may take as long as a revision takes to start.
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    void respond(request, response, { calls, token: order.token });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function callsOf({ plane, onStop }: ControlServerOrder): Calls {
  return {
    applyService: ([desired]) => plane.applyService(desired as never),
    removeService: ([key]) => plane.removeService(key as never),
    describeService: ([key]) => plane.describeService(key as never),
    awaitRevision: ([key, revision], signal) =>
      plane.awaitRevision(key as never, revision as never, signal),
    readSums: ([key, from, to]) => plane.readSums(key as never, from as never, to as never),
    setFault: ([key, revision, fault]) =>
      plane.setFault(key as never, revision as never, fault as never),
    stop: async () => onStop(),
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  deps: { calls: Calls; token: string },
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort(new Error('the client left')));
  const answer = await call(request, deps, left.signal);
  const text = JSON.stringify(answer);
  response.writeHead('error' in answer ? 400 : 200, { 'content-type': 'application/json' });
  response.end(text);
}

async function call(
  request: IncomingMessage,
  { calls, token }: { calls: Calls; token: string },
  signal: AbortSignal,
): Promise<ControlAnswer> {
  try {
    checkToken(request, token);
    const method = request.url?.slice(1) ?? '';
    if (!Object.hasOwn(calls, method))
      throw fail('data_plane_broken', `The data plane knows no order '${method}'.`);
    const args = (await json(request)) as never[];
    return { value: (await calls[method as ControlMethod](args, signal)) ?? null };
  } catch (error) {
    const known =
      error instanceof AppError
        ? error
        : fail('data_plane_broken', `The data plane failed: ${String(error)}`);
    const { code, kind, message, hint } = known;
    return { error: { code, kind, message, ...(hint === undefined ? {} : { hint }) } };
  }
}

function checkToken(request: IncomingMessage, token: string): void {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw fail('data_plane_denied', 'The data plane takes orders only with its token.');
}
