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
  // The grace is also that of children which outlive a leader, as a shell's do.
  while ((isRunning() || groupExists(pid)) && performance.now() < killAtMs)
    await wait(LOOK_EVERY_MS);
  signalGroup(pid, 'SIGKILL');
  while (isRunning()) await wait(LOOK_EVERY_MS);
}

function groupExists(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
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
