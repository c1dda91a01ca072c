import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from 'base/error.ts';
import type { Clock } from 'base/clock.ts';
import type { Log } from 'base/log.ts';
import { fail } from '../../engine/error-codes.ts';
import { parsePlans } from '../../engine/tenant/plan/parse-plans.ts';
import { DEFAULT_PLANS } from '../../engine/tenant/plan/plan.ts';
import type { Plans } from '../../engine/tenant/plan/plan.ts';

export interface PlanFileDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'info' | 'error'>;
  /** Throws when these plans must not come into force. */
  accept(plans: Plans): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;

/**
 * The operator's plans, read again when their file has changed. Mistakes in a changed file leave the
 * plans as they were: they may not stop every tenant.
 */
export class PlanFile {
  readonly #path: string | undefined;
  readonly #deps: PlanFileDeps;
  #plans: Plans = DEFAULT_PLANS;
  #version = '';
  #lookedAtMs: number;
  #problem: string | null = null;

  private constructor(path: string | undefined, deps: PlanFileDeps) {
    this.#path = path;
    this.#deps = deps;
    this.#lookedAtMs = deps.clock.now().getTime();
  }

  /**
   * Without a path the default plans.
   * @throws settings_invalid when there is no file, plans_invalid, and what `accept` throws
   */
  static async open(path: string | undefined, deps: PlanFileDeps): Promise<PlanFile> {
    const file = new PlanFile(path, deps);
    if (path) await file.#load(path, await versionOf(path));
    else await deps.accept(DEFAULT_PLANS);
    return file;
  }

  /** Why a changed file is not in force; null when what is in force is what is in the file. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The plans in force. */
  readonly read = async (): Promise<Plans> => {
    const nowMs = this.#deps.clock.now().getTime();
    if (this.#path && nowMs - this.#lookedAtMs >= LOOK_EVERY_MS) {
      this.#lookedAtMs = nowMs;
      await this.#loadIfChanged(this.#path);
    }
    return this.#plans;
  };

  async #loadIfChanged(path: string): Promise<void> {
    let version = 'none';
    try {
      version = await versionOf(path);
      if (version === this.#version) return;
      await this.#load(path, version);
      this.#problem = null;
      this.#deps.log.info('the plan file has changed and is in force');
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (version !== this.#version) {
        this.#deps.log.error('the plan file has changed and is not in force', { error });
      }
      this.#problem = error.message;
      this.#version = version;
    }
  }

  async #load(path: string, version: string): Promise<void> {
    const plans = parsePlans(basename(path), await readText(path));
    await this.#deps.accept(plans);
    this.#plans = plans;
    this.#version = version;
  }
}

async function versionOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path).catch(refuse(path));
  return `${mtimeMs} ${size} ${ino}`;
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(refuse(path));
}

function refuse(path: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    const why = cause.code === 'ENOENT' ? 'is not there' : `cannot be read (${cause.code})`;
    throw fail('settings_invalid', `PLANS_FILE is '${path}', which ${why}`, {
      hint: 'Name a file of plans, or leave PLANS_FILE unset for the default ones.',
      cause,
    });
  };
}
