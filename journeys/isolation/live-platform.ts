import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { CliProcess } from '../../convergence/cli/cli-process.fake.ts';
import type { Ended } from 'base/terminal/command-process.fake.ts';
import type { RunDetailAnswer } from '../../convergence/server/api/contract/run/run.ts';

export const ADMIN_KEY = 'the-admin-key-of-the-journeys-0123456789';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Everything that came: status text, headers and body. */
  readonly raw: string;
  readonly text: string;
}

export interface Ask {
  /** Pairs, so that a name can come twice and in any case. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | object;
}

/** `convergence dev` as a real process over a folder of its own, and whoever talks to it. */
export class LivePlatform {
  readonly folder: string;
  readonly process: CliProcess;
  readonly url: string;

  private constructor(folder: string, process: CliProcess, url: string) {
    this.folder = folder;
    this.process = process;
    this.url = url;
  }

  /** `node` may be a script that starts Node in other surroundings. */
  static async start(
    env: Readonly<Record<string, string>> = {},
    node = process.execPath,
  ): Promise<LivePlatform> {
    const folder = await mkdtemp(join(tmpdir(), 'convergence-live-'));
    await mkdir(join(folder, 'configs'));
    const dev = new CliProcess(['dev', '--json'], {
      folder,
      node,
      env: {
        API_PORT: '0',
        ADMIN_API_KEY: ADMIN_KEY,
        CONFIG_DIR: 'configs',
        DATA_DIR: 'data',
        LOG_LEVEL: 'debug',
        ...env,
      },
    });
    let told = '';
    dev.child.stdout.on('data', (text: string) => (told += text));
    try {
      await dev.sees(/"url".*\n/);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
    const url = /"url":"([^"]+)"/.exec(told)?.[1] ?? '';
    return new LivePlatform(folder, dev, url);
  }

  /** As it is: the path is not normalized and headers are not merged. */
  ask(route: string, { headers = [], body }: Ask = {}): Promise<Answer> {
    const [method = '', path = ''] = route.split(' ');
    const { hostname, port } = new URL(this.url);
    const payload = typeof body === 'object' ? JSON.stringify(body) : body;
    const sent = [...headers, ['host', `${hostname}:${port}`], ['connection', 'close']];
    if (payload !== undefined) {
      sent.push(['content-type', 'application/json']);
      sent.push(['content-length', String(Buffer.byteLength(payload))]);
    }
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, method, path, headers: sent.flat() }, (reply) => {
        readAnswer(reply).then(resolve, reject);
      });
      asked.on('error', reject);
      asked.end(payload);
    });
  }

  admin(route: string, body?: object): Promise<Answer> {
    return this.ask(route, { headers: [['x-admin-key', ADMIN_KEY]], ...(body && { body }) });
  }

  /** Makes a tenant with a folder; its key. */
  async onboard(tenantId: string): Promise<string> {
    await mkdir(join(this.folder, 'configs', tenantId), { recursive: true });
    const wanted = { tenant_id: tenantId, plan: 'enterprise', sample_pipeline: false };
    const { text } = await this.admin('POST /api/v1/tenants/onboard', wanted);
    return (JSON.parse(text) as { api_key: string }).api_key;
  }

  /** Writes a file below the folder of configs; its path. */
  async writeConfig(path: string, content: string | Uint8Array, mode = 0o600): Promise<string> {
    const file = join(this.folder, 'configs', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode });
    return file;
  }

  /** Triggers a run and waits for its end. */
  run(key: string, pipelineId: string, body: object = {}): Promise<RunDetailAnswer> {
    return this.#finish(key, `POST /api/v1/pipelines/run/${pipelineId}`, body);
  }

  /** Restarts a run that ended, and waits for the end of the new one. */
  restart(key: string, runId: string): Promise<RunDetailAnswer> {
    return this.#finish(key, `POST /api/v1/pipelines/runs/${runId}/restart`, {});
  }

  async #finish(key: string, route: string, body: object): Promise<RunDetailAnswer> {
    const headers = [['x-api-key', key]] as const;
    const { status, text } = await this.ask(route, { headers, body });
    if (status !== 202) throw new Error(`${route} started nothing: ${text}`);
    const { pipeline_logging_id: id } = JSON.parse(text) as { pipeline_logging_id: string };
    await this.followLog(key, id);
    const run = await this.ask(`GET /api/v1/pipelines/runs/${id}`, { headers });
    return JSON.parse(run.text) as RunDetailAnswer;
  }

  /** The log of a run as a stream of events, to its end. */
  async followLog(key: string, runId: string): Promise<string> {
    const headers = [
      ['x-api-key', key],
      ['accept', 'text/event-stream'],
    ] as const;
    return (await this.ask(`GET /api/v1/pipelines/runs/${runId}/logs`, { headers })).raw;
  }

  async query(key: string, sql: string): Promise<Answer> {
    return this.ask('POST /api/v1/query', { headers: [['x-api-key', key]], body: { sql } });
  }

  /** Ends it well; what it wrote. The folder stays for a look. */
  async stop(): Promise<Ended> {
    this.process.child.kill('SIGTERM');
    return this.process.ended;
  }

  async remove(): Promise<void> {
    this.process.child.kill('SIGKILL');
    await this.process.ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function readAnswer(reply: IncomingMessage): Promise<Answer> {
  const text = await readText(reply);
  const { statusCode: status = 0, statusMessage, headers, rawHeaders } = reply;
  return { status, headers, text, raw: `${statusMessage}\n${rawHeaders.join('\n')}\n${text}` };
}
