import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Status } from '../../rollout/cli/commands/look/status.ts';
import type { Entry } from '../../rollout/engine/rollout/entry.ts';
import { startLocalCloud } from '../../rollout/demo/local-cloud-process.ts';
import type { LocalCloudProcess } from '../../rollout/demo/local-cloud-process.ts';

const BIN = join(import.meta.dirname, '../../rollout/cli/bin.cjs');
const APP = join(import.meta.dirname, 'app.ts');
const REGION = 'europe-west1';

/** What a command line did. */
export interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Version {
  readonly errorShare?: number;
  readonly delayMs?: number;
}

const STEPS = `
  prove: { health: /health, retries: 1 }
  steps: [ { traffic: 50, for: 2s }, { traffic: 100, watch: 1s } ]
  judge: { kind: thresholds, maxErrors: 3, every: 1s }
`;

/** A local-cloud of its own, and people who use the command line on it. */
export class ReleaseRig {
  readonly root: string;
  readonly home: string;
  cloud: LocalCloudProcess;

  private constructor(root: string, home: string, cloud: LocalCloudProcess) {
    this.root = root;
    this.home = home;
    this.cloud = cloud;
  }

  static async open(): Promise<ReleaseRig> {
    const root = await mkdtemp(join(tmpdir(), 'release-'));
    const home = join(root, 'cloud');
    return new ReleaseRig(root, home, await startLocalCloud(home));
  }

  async close(): Promise<void> {
    await this.cloud.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  /** The control plane dies; what serves requests lives in another process. */
  async killCloud(): Promise<void> {
    const { pid } = JSON.parse(await readFile(join(this.home, 'endpoints.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(pid, 'SIGKILL');
    await this.cloud.stop();
    await rm(join(this.home, 'endpoints.json'));
  }

  async restartCloud(): Promise<void> {
    this.cloud = await startLocalCloud(this.home);
  }

  /** `rollout …` in the folder of a service, or in another one. */
  async run(
    args: readonly string[],
    { folder, env = {} }: { folder?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Ran> {
    const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`;
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: folder ?? this.root,
      env: { ...process.env, PATH: path, LOCAL_CLOUD_HOME: this.home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
    const [stdout, stderr, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      exit,
    ]);
    return { code, signal, stdout, stderr };
  }

  /** Ships a version of a service with the strategy given. */
  async ship(
    service: string,
    version: Version,
    { strategy = STEPS, env = {} }: { strategy?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Ran> {
    const folder = join(this.root, service);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'rollout.yaml'), fileOf(service, version, strategy));
    return this.run(['deploy', 'test', '--yes'], { folder, env });
  }

  /** As somebody who has no rollout.yaml. */
  named(service: string): string[] {
    return ['--service', service, '--project', 'local', '--region', REGION];
  }

  async status(service: string): Promise<Status> {
    const { stdout } = await this.run(['status', ...this.named(service), '--json']);
    return JSON.parse(stdout) as Status;
  }

  async history(service: string, rollout: string): Promise<Entry[]> {
    const args = ['history', ...this.named(service), '--rollout', rollout, '--json'];
    return JSON.parse((await this.run(args)).stdout) as Entry[];
  }
}

function fileOf(
  service: string,
  { errorShare = 0, delayMs = 1 }: Version,
  strategy: string,
): string {
  return `service: ${service}
build: { kind: none }
command: [node, ${APP}]
env: { ERROR_SHARE: '${errorShare}', DELAY_MS: '${delayMs}' }
concurrency: 200
minInstances: 1
probes: { startup: /health }
environments: { test: { project: local, region: ${REGION} } }
strategy: ${strategy}`;
}
