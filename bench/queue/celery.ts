import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('../peers/celery_queue.py', import.meta.url));

export interface CeleryOrder {
  readonly jobs: number;
  readonly workers: number;
  /** With the settings that make it fastest, in place of its own. */
  readonly tuned: boolean;
}

/** No-op tasks a second with so many worker processes, all queued before the first is taken. */
export async function measureCelery(python: string, order: CeleryOrder): Promise<number> {
  const { stdout } = await run(python, [PROGRAM, JSON.stringify(order)]);
  const { seconds } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { seconds: number };
  return order.jobs / seconds;
}
