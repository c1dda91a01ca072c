import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail } from '../../engine/error-codes.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `/metrics` and `/health/live` of a worker that serves no API. Neither names a tenant, so who
 * reaches the port may read them. @throws port_taken
 */
export async function serveMetrics(
  metrics: Metrics,
  at: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    void answer(request, response, metrics);
  });
  await listen(server, at);
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  { url }: IncomingMessage,
  response: ServerResponse,
  metrics: Metrics,
): Promise<void> {
  if (url === '/health/live') {
    response.setHeader('content-type', 'application/json').end('{"status":"alive"}');
  } else if (url === '/metrics') {
    const text = await metrics.read();
    response.setHeader('content-type', metrics.contentType).end(text);
  } else {
    response.writeHead(404).end();
  }
}

async function listen(
  server: ReturnType<typeof createServer>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  server.listen({ host, port });
  await once(server, 'listening').catch((cause: unknown) => {
    throw fail('port_taken', `nothing can listen on ${host}:${port} for METRICS_PORT`, {
      hint: 'Set METRICS_PORT to a free port, or to 0 for any.',
      cause,
    });
  });
}
