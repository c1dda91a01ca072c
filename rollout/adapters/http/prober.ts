import type { Dispatcher } from 'undici';
import { Agent, request } from 'undici';
import type { Probe, ProbeAnswer, Prober } from '../../engine/rollout/prober.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** Asks over HTTP, without following redirects. What the other side does is in the answer. */
export class HttpProber implements Prober {
  /** A connection for each probe: a kept one may break because its server was replaced. */
  readonly #agent = new Agent({ pipelining: 0 });

  async probe(probe: Probe, signal?: AbortSignal): Promise<ProbeAnswer> {
    const startMs = performance.now();
    const timeout = AbortSignal.timeout(probe.timeoutMs);
    const all = signal ? AbortSignal.any([signal, timeout]) : timeout;
    try {
      const response = await request(probe.url, {
        dispatcher: this.#agent,
        method: probe.method,
        headers: probe.headers,
        body: probe.body,
        signal: all,
      });
      const body = await readStart(response.body, probe.maxBodyBytes ?? MAX_BODY_BYTES);
      return { status: response.statusCode, latencyMs: performance.now() - startMs, body };
    } catch (error) {
      signal?.throwIfAborted();
      const reason = timeout.aborted ? `no answer in ${probe.timeoutMs} ms` : reasonOf(error);
      return { status: 0, latencyMs: performance.now() - startMs, body: '', error: reason };
    }
  }
}

/** What is longer is cut off, and its connection ended. */
async function readStart(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was broken off',
  ENOTFOUND: 'the host has no address',
  EAI_AGAIN: 'the host has no address',
  UND_ERR_SOCKET: 'the connection was broken off',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = error instanceof Error ? error.message : String(error);
  return REASONS[code] ?? (code ? `${words} (${code})` : words);
}
