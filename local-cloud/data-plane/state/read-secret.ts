import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Gives the value of a version such as `projects/p/secrets/s/versions/latest`. */
export type ReadSecret = (version: string) => Promise<string>;

interface Answer {
  readonly payload?: { readonly data: string };
  readonly error?: { readonly status: string; readonly message: string };
}

const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 200;

/**
 * From Secret Manager, which the control plane serves where `endpoints.json` beside the data plane's
 * folder says; waits for one that is on its way up. Values are never written down.
 */
export function createSecretReader(folder: string): ReadSecret {
  return async (version) => {
    for (const untilMs = performance.now() + PATIENCE_MS; ; await wait(LOOK_EVERY_MS)) {
      const answer = await ask(join(folder, '../endpoints.json'), version);
      if (answer?.payload) return Buffer.from(answer.payload.data, 'base64').toString();
      if (answer?.error) throw new Error(reasonOf(answer.error, version));
      if (performance.now() > untilMs)
        throw new Error(`Secret ${version} could not be read: Secret Manager does not answer`);
    }
  };
}

/** Null when nobody answers. */
async function ask(endpointsFile: string, version: string): Promise<Answer | null> {
  try {
    const { rest } = JSON.parse(await readFile(endpointsFile, 'utf8')) as { rest: string };
    const response = await fetch(`${rest}/v1/${version}:access`);
    return (await response.json()) as Answer;
  } catch {
    return null;
  }
}

/** Cloud Run's words for a secret that is not there. */
function reasonOf({ status, message }: NonNullable<Answer['error']>, version: string): string {
  return status === 'NOT_FOUND' ? `Secret ${version} was not found` : message;
}
