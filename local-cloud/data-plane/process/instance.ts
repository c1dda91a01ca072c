import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import type { DesiredRevision } from '../data-plane.ts';
import type { ReadSecret } from '../state/read-secret.ts';
import { endProcess, signalGroup } from './end-process.ts';
import { findFreePort } from './free-port.ts';
import { InstanceLog } from './instance-log.ts';
import { planLaunch } from './plan-launch.ts';
import type { Launch } from './plan-launch.ts';
import { awaitStartup, probeOnce } from './probe.ts';
import type { ProcessRecords } from './process-record.ts';
import { exitedEarly, probeFailed, withOutput } from './start-failure.ts';

export interface InstanceOrder {
  readonly id: string;
  readonly service: string;
  readonly revision: DesiredRevision;
  /** Of the revision. */
  readonly logFolder: string;
  readonly records: ProcessRecords;
  /** Of the fault `failStart`. */
  readonly endAtOnce: boolean;
  readonly readSecret: ReadSecret;
}

const FAILING: Pick<Launch, 'file' | 'args'> = {
  file: process.execPath,
  args: ['-e', 'console.error("local-cloud: the fault failStart is set"); process.exit(1)'],
};

/** A Node process that exits closes its connections up to some ms before its listener. */
const RECHECK_AFTER_MS = 25;
const RECHECK_MS = 1000;

/** One process of a revision, from its start to its end. */
export class Instance {
  readonly id: string;
  inFlight = 0;
  idleSinceMs = performance.now();
  /** Takes requests. */
  isReady = false;
  /** On its way to its end: it no longer counts as one of the revision's instances. */
  isStopping = false;
  /** Resolves when the process is gone, however that came. */
  readonly ended: Promise<void>;
  readonly #order: InstanceOrder;
  readonly #end = Promise.withResolvers<void>();
  #port = 0;
  #pool: Pool | undefined;
  #child: ChildProcess | undefined;
  #engine: string | undefined;
  #log: InstanceLog | undefined;
  #isEnded = false;

  constructor(order: InstanceOrder) {
    this.id = order.id;
    this.#order = order;
    this.ended = this.#end.promise;
  }

  get port(): number {
    return this.#port;
  }

  get pool(): Pool {
    if (!this.#pool) throw new Error(`instance ${this.id} is not started`);
    return this.#pool;
  }

  /** Resolves when the startup probe succeeds. @throws Error with Cloud Run's reason */
  async start(): Promise<void> {
    try {
      await this.#launch();
      await this.#prove();
      this.isReady = !this.isStopping;
      this.idleSinceMs = performance.now();
    } catch (error) {
      if (this.#child) await this.stop(0);
      this.#markEnded();
      throw error;
    }
  }

  /** SIGTERM, SIGKILL after the grace; resolves when the process is gone. */
  async stop(graceMs: number): Promise<void> {
    this.isReady = false;
    this.isStopping = true;
    const pid = this.#child?.pid;
    // Without a process it is being launched, and ends there.
    if (pid === undefined || this.#isEnded) return this.ended;
    await endProcess({ pid, isRunning: () => !this.#isEnded, graceMs });
  }

  /**
   * After a connection to it broke: takes no requests until a new connection shows that it lives.
   * False when it listens no more.
   */
  async recheck(): Promise<boolean> {
    this.isReady = false;
    await Promise.race([this.ended, wait(RECHECK_AFTER_MS)]);
    const answer = await probeOnce(undefined, this.#port, AbortSignal.timeout(RECHECK_MS));
    this.isReady = answer === 'ok' && !this.isStopping && !this.#isEnded;
    return answer === 'ok';
  }

  boundLog(): void {
    this.#log?.bound();
  }

  async #launch(): Promise<void> {
    const { id, revision, logFolder, records, endAtOnce } = this.#order;
    this.#port = await findFreePort();
    const env = {
      ...revision.env,
      ...(await this.#readSecrets()),
      ...this.#cloudRunVariables(),
    };
    const planned = await planLaunch(revision, { env, container: id });
    this.#engine = planned.engine;
    const launch = endAtOnce ? { ...planned, ...FAILING } : planned;
    if (this.isStopping) throw new Error('It was ended before it was started.');
    this.#log = new InstanceLog(logFolder, id);
    const output = this.#log.open();
    try {
      const child = spawnGroup(launch, output);
      if (child.pid !== undefined) {
        this.#child = child;
        child.once('exit', () => this.#onExit(child));
        records.add(id, child.pid);
      }
      await untilSpawned(child, launch);
    } finally {
      closeSync(output);
    }
    if (this.isStopping) throw new Error('It was ended while it was started.');
    // No limit of time or connections: the router has its own.
    this.#pool = new Pool(`http://127.0.0.1:${this.#port}`, {
      headersTimeout: 0,
      bodyTimeout: 0,
      // Shorter than any server's, so that the server is never the first to close a connection.
      keepAliveTimeout: 1000,
    });
  }

  /** Container runtime contract of Cloud Run. */
  #cloudRunVariables(): Record<string, string> {
    const { service, revision } = this.#order;
    return {
      PORT: String(this.#port),
      K_SERVICE: service,
      K_REVISION: revision.name,
      K_CONFIGURATION: service,
    };
  }

  async #readSecrets(): Promise<Record<string, string>> {
    const { revision, readSecret } = this.#order;
    const read = (revision.secrets ?? []).map(async ({ variable, version, field }) => {
      try {
        return [variable, await readSecret(version)];
      } catch (error) {
        throw new Error(`${field}: ${(error as Error).message}`, { cause: error });
      }
    });
    return Object.fromEntries(await Promise.all(read)) as Record<string, string>;
  }

  async #prove(): Promise<void> {
    const { revision } = this.#order;
    const stopped = new AbortController();
    void this.ended.then(() => stopped.abort());
    const isUp = await awaitStartup(revision.startup, this.#port, stopped.signal).catch(
      () => false,
    );
    if (isUp && !this.#isEnded) return;
    const reason = this.#isEnded
      ? exitedEarly(this.#port, this.#child)
      : probeFailed(this.#port, revision.startup);
    throw new Error(withOutput(reason, this.#log?.tail() ?? ''));
  }

  #onExit(child: ChildProcess): void {
    // Children that outlive a crash would keep the port; those of a stop have the grace.
    if (!this.isStopping) signalGroup(child.pid ?? 0, 'SIGKILL');
    this.#removeContainer();
    this.#order.records.remove(this.id);
    this.#markEnded();
  }

  /** A client that was killed leaves its container behind. */
  #removeContainer(): void {
    if (this.#engine !== undefined) execFile(this.#engine, ['rm', '--force', this.id], () => {});
  }

  #markEnded(): void {
    if (this.#isEnded) return;
    this.isReady = false;
    this.isStopping = true;
    this.#isEnded = true;
    // What it still answered is on its way to us: only a broken connection ends a request on it.
    void this.#pool?.close();
    this.#end.resolve();
  }
}

/** In a process group of its own, so that a signal also reaches what it starts. */
function spawnGroup({ file, args, workingDir, env }: Launch, output: number): ChildProcess {
  const stdio = ['ignore', output, output] as const;
  return spawn(file, args, { cwd: workingDir, env, detached: true, stdio: [...stdio] });
}

async function untilSpawned(child: ChildProcess, launch: Launch): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(cannotStart(launch, code ?? String(error)), { cause: error });
  }
}

function cannotStart({ file, workingDir }: Launch, code: string): string {
  const place = workingDir === undefined ? '' : ` in '${workingDir}'`;
  const why =
    code === 'ENOENT' ? 'executable or working directory not found' : `it cannot be run (${code})`;
  return `The user-provided container failed to start: "${file}"${place}: ${why}.`;
}
