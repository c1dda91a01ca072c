import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findEngine } from '../../data-plane/process/plan-launch.ts';
import type { Fields } from '../../protocol/apply-paths.ts';

/** What this machine has for the steps of builds. */
export class Machine {
  #engine: string | null = null;

  /** podman or docker, which answer slowly: only looked for when the build may need them. */
  async engineFor(build: Fields): Promise<string | null> {
    const mayNeed = /docker|podman/.test(JSON.stringify(build['steps'])) || build['images'];
    if (mayNeed) this.#engine ??= (await findEngine()) ?? null;
    return mayNeed ? this.#engine : null;
  }

  /** `docker` is there when an engine answers; a path is a program when the file is there. */
  hasProgram(engine: string | null): (program: string) => boolean {
    return (program) => (program === 'docker' ? engine !== null : isInstalled(program));
  }
}

function isInstalled(program: string): boolean {
  if (program.includes('/')) return existsSync(program);
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}
