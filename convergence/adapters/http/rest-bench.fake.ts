import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Clock } from 'base/clock.ts';
import type { Extraction, ExtractRequest, SourceState } from '../../engine/flow/source.ts';
import { restSourceSpec } from '../../engine/pipeline/spec/rest-source-spec.ts';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { createPageReader } from '../duckdb/page/page-reader.ts';
import { createRestSource } from './rest-source.ts';

type Respond = (response: ServerResponse) => void;

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TestRun {
  readonly records: readonly unknown[];
  readonly extraction: Extraction;
}

/** A clock whose sleeps end at once and move it; `slept` is what was asked for. */
export function jumpingClock(start = '2026-01-01T00:00:00Z'): Clock & { slept: number[] } {
  let nowMs = Date.parse(start);
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(nowMs),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      nowMs += ms;
    },
  };
}

/** A real server and a source that reads from it. */
export class RestBench {
  readonly asked: Asked[] = [];
  readonly notices: string[] = [];
  readonly clock = jumpingClock();
  readonly #folders: string[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #source: ReturnType<typeof createRestSource>;
  readonly #pages: Awaited<ReturnType<typeof createPageReader>>;
  /** Answers with JSON, or with a function that writes the response itself. */
  answer: (asked: Asked) => unknown = () => [];

  static async start(
    options: { allowPrivateAddresses: boolean } = { allowPrivateAddresses: true },
  ) {
    const bench = new RestBench(await createPageReader(), options.allowPrivateAddresses);
    await new Promise<void>((resolve) => bench.#server.listen(0, '127.0.0.1', resolve));
    return bench;
  }

  constructor(pages: Awaited<ReturnType<typeof createPageReader>>, allowPrivateAddresses: boolean) {
    this.#pages = pages;
    this.#source = createRestSource({
      pages,
      clock: this.clock,
      random: () => 0.5,
      allowPrivateAddresses,
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get paths(): string[] {
    return this.asked.map(({ url }) => url.pathname + url.search);
  }

  /** Forgets what was asked and answers so from now on. */
  serve(answer: (asked: Asked) => unknown): void {
    this.asked.length = 0;
    this.notices.length = 0;
    this.clock.slept.length = 0;
    this.answer = answer;
  }

  spec(endpoint: object, client: object = {}, more: object = {}) {
    const input = {
      type: 'rest_api',
      client: { base_url: `${this.origin}/api`, ...client },
      resources: [{ name: 'items', endpoint, ...more }],
    };
    return restSourceSpec.parse(input);
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'rest-source-'));
    this.#folders.push(folder);
    return folder;
  }

  async run(
    source: ReturnType<typeof restSourceSpec.parse>,
    more: Partial<ExtractRequest> & { state?: SourceState | null } = {},
  ): Promise<TestRun> {
    const extraction = await this.#source.extract(tenantScope('acme'), {
      source,
      resource: 'items',
      state: null,
      folder: more.folder ?? (await this.folder()),
      parents: {},
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onNotice: (notice) => void this.notices.push(notice),
      ...more,
    });
    return { extraction, records: await recordsOf(extraction) };
  }

  async close(): Promise<void> {
    await this.#source.close();
    await this.#pages.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = {
      method: request.method ?? '',
      url: new URL(request.url ?? '/', this.origin),
      headers: request.headers,
      body: await text(request),
    };
    this.asked.push(asked);
    const answer = this.answer(asked);
    if (typeof answer === 'function') {
      (answer as Respond)(response);
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  }
}

export function status(code: number, headers: Record<string, string> = {}, body = '') {
  return (response: ServerResponse) => {
    response.writeHead(code, headers);
    response.end(body);
  };
}

async function recordsOf(extraction: Extraction): Promise<unknown[]> {
  const texts = await Promise.all(extraction.parts.map(({ path }) => readFile(path, 'utf8')));
  const lines = texts.flatMap((content) => content.split('\n')).filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as unknown);
}
