import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isEnded } from './resource/build.ts';
import type { Build } from './resource/build.ts';
import { runBuild } from './run-build.ts';
import type { BuildDeps } from './run-build.ts';

/** Of what a killed control plane left running. */
const GRACE_MS = 1000;

/** Runs builds in the background. */
export class BuildRunner {
  readonly #deps: BuildDeps;
  readonly #running = new Map<string, { stop: AbortController; ended: Promise<void> }>();

  constructor(deps: BuildDeps) {
    this.#deps = deps;
  }

  /** The build must be stored. */
  begin(build: Build): void {
    const stop = new AbortController();
    const ended = runBuild(build, this.#deps, stop.signal).finally(() =>
      this.#running.delete(build.id),
    );
    this.#running.set(build.id, { stop, ended });
  }

  /** False: the build has ended before. */
  cancel(id: string): boolean {
    const finishTime = this.#deps.now().toISOString();
    const isCancelled = this.#deps.store.change(id, () => ({ status: 'CANCELLED', finishTime }));
    this.#running.get(id)?.stop.abort(new Error('the build was cancelled'));
    return isCancelled;
  }

  /**
   * Begins what was queued when the control plane before ended. What ran then is over, and not run
   * again: what its steps did is done.
   */
  async resume(): Promise<void> {
    const { store, folder, processes, now } = this.#deps;
    await processes.takeLeftovers().end(GRACE_MS);
    const left = store.list().filter((build) => !isEnded(build));
    for (const build of left) {
      if (build.status === 'QUEUED') this.begin(build);
      else store.change(build.id, () => interrupted(now()));
      if (build.status !== 'QUEUED')
        await rm(join(folder, build.id), { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort(new Error('local-cloud ends'));
    await Promise.all(running.map(({ ended }) => ended));
  }
}

function interrupted(at: Date): Partial<Build> {
  const statusDetail = 'local-cloud ended while the build ran';
  const failureInfo = { type: 'FAILURE_TYPE_UNSPECIFIED', detail: statusDetail };
  return { status: 'INTERNAL_ERROR', statusDetail, failureInfo, finishTime: at.toISOString() };
}
