import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fail } from '../../engine/error-codes.ts';
import type { Env } from '../invocation.ts';

/** Where local-cloud answers. */
export interface LocalEndpoints {
  /** `host:port` */
  readonly grpc: string;
  /** `http://host:port` */
  readonly rest: string;
}

const HOME = '.local-cloud';

/** The local-cloud of `LOCAL_CLOUD_HOME`, of this folder or of one above. @throws local_cloud_absent */
export async function findLocalCloud(folder: string, env: Env): Promise<LocalEndpoints> {
  const said = env.LOCAL_CLOUD_HOME;
  for (const home of said ? [resolve(folder, said)] : homesAbove(resolve(folder))) {
    const text = await readFile(join(home, 'endpoints.json'), 'utf8').catch(() => null);
    if (text !== null) return JSON.parse(text) as LocalEndpoints;
  }
  throw fail('local_cloud_absent', 'local-cloud is not running', {
    hint: 'Run `npx local-cloud start` in this folder, or say where it runs with LOCAL_CLOUD_HOME.',
  });
}

function homesAbove(folder: string): string[] {
  const above = dirname(folder);
  return [join(folder, HOME), ...(above === folder ? [] : homesAbove(above))];
}
