import type { Command } from 'commander';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stopDataPlane } from '../../data-plane/stop-data-plane.ts';
import { action } from '../invocation.ts';
import type { Cli, Invocation } from '../invocation.ts';
import { readStatus } from '../local-client.ts';

const LOOK_MS = 50;

export function declareStop(program: Command, cli: Cli): void {
  program
    .command('stop')
    .description('end it with its services, also those that a dead one left; the state stays')
    .action(action(cli, stop));
}

async function stop({ home, out }: Invocation): Promise<void> {
  // Asked first: the process of a dead local-cloud may be another program's by now.
  const status = await readStatus(home);
  if (status) {
    process.kill(status.pid, 'SIGTERM');
    while (isRunning(status.pid)) await wait(LOOK_MS);
  }
  await stopDataPlane({ folder: join(home, 'data-plane') });
  out.line(status ? 'Ended.' : 'It was not running.');
  out.json({ stopped: status !== null });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
