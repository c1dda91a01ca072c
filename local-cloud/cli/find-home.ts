import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

const NAME = '.local-cloud';

/**
 * The folder of the state: as asked for, LOCAL_CLOUD_HOME, the nearest `.local-cloud` upwards, or a
 * new one here.
 */
export function findHome(
  { env, folder }: { readonly env: Env; readonly folder: string },
  asked?: string,
): string {
  const named = asked ?? env.LOCAL_CLOUD_HOME;
  if (named) return resolve(folder, named);
  for (let place = folder; ; place = dirname(place)) {
    if (existsSync(join(place, NAME))) return join(place, NAME);
    if (dirname(place) === place) return join(folder, NAME);
  }
}
