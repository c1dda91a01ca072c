import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Cli } from './invocation.ts';

const NAME = '.local-cloud';

/**
 * The folder of the state: as asked for, LOCAL_CLOUD_HOME, the nearest `.local-cloud` upwards, or a
 * new one here.
 */
export function findHome({ env, folder }: Pick<Cli, 'env' | 'folder'>, asked?: string): string {
  const named = asked ?? env.LOCAL_CLOUD_HOME;
  if (named) return resolve(folder, named);
  for (let place = folder; ; place = dirname(place)) {
    if (existsSync(join(place, NAME))) return join(place, NAME);
    if (dirname(place) === place) return join(folder, NAME);
  }
}
