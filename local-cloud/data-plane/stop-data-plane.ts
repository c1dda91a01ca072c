import { AppError } from 'base/error.ts';
import { setTimeout as wait } from 'node:timers/promises';
import { DataPlaneClient } from './connect-data-plane.ts';
import { readEndpoint } from './state/control-endpoint.ts';

const LOOK_EVERY_MS = 20;

/**
 * Ends the data plane of the folder with all its revisions: requests that run have the time of grace
 * to finish, then processes get SIGTERM, and after the grace SIGKILL. Resolves when it is gone, at
 * once when none runs. What is desired stays on disk.
 */
export async function stopDataPlane({ folder }: { folder: string }): Promise<void> {
  const endpoint = await readEndpoint(folder);
  const client = new DataPlaneClient(folder);
  try {
    await client.stop();
    if (endpoint) await untilGone(endpoint.pid);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'data_plane_absent') throw error;
  } finally {
    await client.close();
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isRunning(pid)) await wait(LOOK_EVERY_MS);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
