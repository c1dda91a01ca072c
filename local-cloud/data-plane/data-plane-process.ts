import { randomKey } from 'base/id.ts';
import { portOf, startControlServer } from './control/control-server.ts';
import { LocalDataPlane } from './served/local-data-plane.ts';
import type { DataPlaneSettings } from './served/local-data-plane.ts';
import { writeEndpoint } from './state/control-endpoint.ts';
import { lockFolder } from './state/folder-lock.ts';

/** What `startDataPlane` gives the process as its argument, in JSON. */
export interface ProcessOrder {
  readonly folder: string;
  readonly settings: DataPlaneSettings;
}

/**
 * The data plane's process: takes the folder, serves again what was served, then takes orders until
 * it is told to end. Ends at once when another process has the folder.
 */
async function run({ folder, settings }: ProcessOrder): Promise<void> {
  const lock = lockFolder(folder);
  if (!lock) return;
  const plane = await LocalDataPlane.open(folder, settings);
  const stopping = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stopping.resolve);
  const token = randomKey();
  const server = await startControlServer({ plane, token, onStop: stopping.resolve });
  await writeEndpoint(folder, { pid: process.pid, port: portOf(server), token });
  await stopping.promise;
  server.close();
  await plane.close();
  lock.release();
  // Open connections of clients would keep the process.
  process.exit(0);
}

await run(JSON.parse(process.argv[2] ?? '') as ProcessOrder);
