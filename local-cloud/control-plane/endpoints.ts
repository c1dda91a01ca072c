import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a local-cloud answers; `endpoints.json` in its home as long as it runs. */
export interface Endpoints {
  /** `127.0.0.1:PORT`, HTTP/2 without TLS. */
  readonly grpc: string;
  /** `http://127.0.0.1:PORT` */
  readonly rest: string;
  readonly pid: number;
  /** RFC 3339. */
  readonly startedAt: string;
}

export function writeEndpoints(home: string, endpoints: Endpoints): void {
  const draft = `${endpointsFile(home)}.draft`;
  writeFileSync(draft, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, endpointsFile(home));
}

/** As the last control plane wrote them, which may be dead; null when there is none. */
export function readEndpoints(home: string): Endpoints | null {
  try {
    return JSON.parse(readFileSync(endpointsFile(home), 'utf8')) as Endpoints;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function removeEndpoints(home: string): void {
  rmSync(endpointsFile(home), { force: true });
}

function endpointsFile(home: string): string {
  return join(home, 'endpoints.json');
}
