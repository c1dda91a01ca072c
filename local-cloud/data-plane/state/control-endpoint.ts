import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from './write-whole.ts';

/** Where the data plane of a state folder takes orders. */
export interface ControlEndpoint {
  readonly pid: number;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Only who can read the folder may give orders. */
  readonly token: string;
}

export async function writeEndpoint(folder: string, endpoint: ControlEndpoint): Promise<void> {
  await writeWhole(endpointFile(folder), `${JSON.stringify(endpoint)}\n`);
}

/** What the last data plane wrote, which may be dead; undefined when there never was one. */
export async function readEndpoint(folder: string): Promise<ControlEndpoint | undefined> {
  try {
    return JSON.parse(await readFile(endpointFile(folder), 'utf8')) as ControlEndpoint;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function endpointFile(folder: string): string {
  return join(folder, 'data-plane.json');
}
