import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ShopServer } from './shop-server.ts';

export interface WorkerProcessOptions {
  readonly folder: string;
  readonly databaseUrl?: string;
  readonly leaseMs?: number;
  readonly settings?: Readonly<Record<string, string>>;
  /** Of `crashAt`. */
  readonly point?: string;
}

/** A worker in a process of its own, which works until no run is left or dies at a point. */
export function startWorkerProcess(options: WorkerProcessOptions): ChildProcess {
  const script = fileURLToPath(import.meta.resolve('./crash-process.ts'));
  const cache = join(options.folder, '..', 'compiled');
  return spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  });
}

/** The signal that ended a process, or its exit code. */
export async function exitOf(child: ChildProcess): Promise<string | number | null> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal ?? code;
}

/**
 * Lets a worker die at a point of `crashAt`, or of the shop: `asked /orders 3` when that page is
 * asked for, `half /orders 3` when half of it is on its disk. Gives what ended it.
 */
export async function crash(
  shop: ShopServer,
  options: WorkerProcessOptions & { readonly point: string },
): Promise<string | number | null> {
  const [when, path, page] = options.point.split(' ');
  const child = startWorkerProcess(options);
  const kill = () => child.kill('SIGKILL');
  if (when === 'asked' || when === 'half') {
    shop.intercept = async (request, body) => {
      if (request.path !== path || request.page !== Number(page)) return null;
      if (when === 'asked') kill();
      else void bodyArrives(options.folder, child).then(kill);
      return { start: body.slice(0, body.length / 2) };
    };
  }
  try {
    return await exitOf(child);
  } finally {
    kill();
    shop.intercept = async () => null;
  }
}

/** Resolves when some of a body is on the disk. */
async function bodyArrives(folder: string, child: ChildProcess): Promise<void> {
  const parts = join(folder, 'data', 'parts');
  while (child.exitCode === null && child.signalCode === null) {
    for (const name of await readdir(parts, { recursive: true }).catch(() => [])) {
      if (!basename(name).startsWith('body-')) continue;
      const found = await stat(join(parts, name)).catch(() => null);
      if (found && found.size > 0) return;
    }
    await setTimeout(5);
  }
}
