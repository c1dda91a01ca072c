import { fail } from '../control-plane/control-plane-error.ts';
import { readEndpoints } from '../control-plane/endpoints.ts';

/** What local-cloud itself says of itself at `/local/v1/status`. */
export interface CloudStatus {
  readonly pid: number;
  readonly startedAt: string;
  readonly grpc: string;
  readonly rest: string;
  readonly services: readonly ServiceLine[];
}

interface ServiceLine {
  /** In full. */
  readonly name: string;
  readonly uri: string;
  readonly state: string;
  readonly traffic: readonly {
    readonly revision: string;
    readonly percent: number;
    readonly tag?: string;
    readonly uri?: string;
  }[];
  readonly revisions: readonly {
    readonly name: string;
    readonly state: string;
    readonly instances: number;
    readonly message?: string;
  }[];
}

/** A call of `/local/v1` of the local-cloud of a home. @throws not_running, and what it answers */
export async function callLocal(
  home: string,
  path: string,
  init: { readonly method?: string; readonly body?: object } = {},
): Promise<unknown> {
  const endpoints = readEndpoints(home);
  if (!endpoints) throw notRunning(home);
  const { method = 'GET', body } = init;
  const url = `${endpoints.rest}/local/v1/${path}`;
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(url, { method, ...sent }).catch((cause: unknown) => {
    throw notRunning(home, cause);
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const { message } = (answer as { error: { message: string } }).error;
  throw fail(response.status === 404 ? 'fault_absent' : 'fault_invalid', message);
}

/** Null when none runs. */
export async function readStatus(home: string): Promise<CloudStatus | null> {
  try {
    return (await callLocal(home, 'status')) as CloudStatus;
  } catch (error) {
    if ((error as { code?: string }).code === 'not_running') return null;
    throw error;
  }
}

function notRunning(home: string, cause?: unknown): Error {
  return fail('not_running', `No local-cloud runs on ${home}.`, {
    hint: 'Start it with `npx local-cloud start`, or name its folder with --home.',
    cause,
  });
}
