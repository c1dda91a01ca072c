import { startDataPlane } from '../data-plane/start-data-plane.ts';

const LOOK_MS = 1000;

/** Starts the data plane of the folder again when it is gone; gives what ends the watch. */
export function watchDataPlane(folder: string): () => Promise<void> {
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      // Only looks when one answers.
      await (await startDataPlane({ folder })).close();
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
