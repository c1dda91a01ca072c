import { startDataPlane } from '../data-plane/start-data-plane.ts';

const LOOK_MS = 1000;

/**
 * Starts the data plane of the folder unless it runs, and again whenever it is gone; gives what
 * ends that. The data plane itself goes on. @throws data_plane_start_failed
 */
export async function keepDataPlane(folder: string): Promise<() => Promise<void>> {
  await ensure(folder);
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      await ensure(folder);
    } catch {
      // The next look tries again, and calls tell their callers that it is absent.
    } finally {
      looking = undefined;
    }
  };
  const timer = setInterval(() => {
    looking ??= look();
  }, LOOK_MS);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}

async function ensure(folder: string): Promise<void> {
  const plane = await startDataPlane({ folder });
  await plane.close();
}
