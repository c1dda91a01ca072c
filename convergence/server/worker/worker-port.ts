import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail } from '../../engine/error-codes.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface WorkerPort {
  readonly url: string;
  close(): Promise<void>;
}

export interface PortDeps {
  readonly metrics: Metrics;
  /** Looks for work at once; true when there is none, false on abort before that. */
  readonly wake: (signal: AbortSignal) => Promise<boolean>;
}

/** Below the five minutes that Cloud Run gives a request unless it is told otherwise. */
const HOLD_MS = 240_000;

/**
 * `/metrics`, `/health/live` and `/wake` of a worker that serves no API. None names a tenant or
 * does what the worker would not do by itself, so who reaches the port may ask. @throws port_taken
 */
export async function serveWorkerPort(
  deps: PortDeps,
  at: { readonly host: string; readonly port: number },
): Promise<WorkerPort> {
  const closing = new AbortController();
  const server = createServer((request, response) => {
    void answer(request, response, { ...deps, closing: closing.signal });
  });
  await listen(server, at);
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    close: async () => {
      closing.abort();
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Answering extends PortDeps {
  readonly closing: AbortSignal;
}

async function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  { metrics, wake, closing }: Answering,
): Promise<void> {
  if (url === '/health/live') {
    sendJson(response, 200, { status: 'alive' });
  } else if (url === '/metrics') {
    const text = await metrics.read();
    response.setHeader('content-type', metrics.contentType).end(text);
  } else if (url === '/wake' && method === 'POST') {
    await holdUntilIdle(response, wake, closing);
  } else {
    response.writeHead(404).end();
  }
}

/**
 * A platform may give this process a processor for as long as a request is open. So it stays open
 * while there is work; one that would last too long is asked for again, which keeps it awake.
 */
async function holdUntilIdle(
  response: ServerResponse,
  wake: PortDeps['wake'],
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const over = AbortSignal.any([AbortSignal.timeout(HOLD_MS), gone.signal, closing]);
  if (await wake(over)) return sendJson(response, 200, { status: 'idle' });
  response.setHeader('retry-after', '1');
  sendJson(response, 503, { status: 'busy' });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function listen(
  server: ReturnType<typeof createServer>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  server.listen({ host, port });
  await once(server, 'listening').catch((cause: unknown) => {
    throw fail('port_taken', `nothing can listen on ${host}:${port} for METRICS_PORT or PORT`, {
      hint: 'Set METRICS_PORT to a free port, or to 0 for any.',
      cause,
    });
  });
}
