import { setTimeout as wait } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;

interface Ending {
  /** Leads a process group, all of which is meant. */
  readonly pid: number;
  readonly isRunning: () => boolean;
  readonly graceMs: number;
}

/** SIGTERM, and SIGKILL for what still runs after the grace; resolves when the process is gone. */
export async function endProcess({ pid, isRunning, graceMs }: Ending): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const killAtMs = performance.now() + graceMs;
  while (isRunning() && performance.now() < killAtMs) await wait(LOOK_EVERY_MS);
  // Also when the leader has gone in time: its children may not have.
  signalGroup(pid, 'SIGKILL');
  while (isRunning()) await wait(LOOK_EVERY_MS);
}

/** Signals a process with its children; does nothing when they are gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // EPERM: only zombies of the group are left (macOS).
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
