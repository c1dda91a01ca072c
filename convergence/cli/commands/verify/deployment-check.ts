import { reach } from '../../client/api-client.ts';
import type { ApiAccess, ApiClient } from '../../client/api-client.ts';

/** A promise of the platform, tested from outside. */
export interface DeploymentCheck {
  readonly name: string;
  /** What to do when it is broken. */
  readonly mend: string;
  /** Throws when it is broken, saying how. */
  check(client: ApiClient): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 10_000;

/** One request, answered within ten seconds. @throws platform_unreachable */
export async function ask(access: ApiAccess, path: string): Promise<Response> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  try {
    return await reach(access, path, { signal });
  } catch (error) {
    expect(!signal.aborted, `${path} does not answer within ${ANSWER_TIMEOUT_MS / 1_000} s`);
    throw error;
  }
}

/** The JSON of an answer that has this status. */
export async function expectJson<T>(
  access: ApiAccess,
  path: string,
  status: number,
): Promise<Partial<T>> {
  const response = await ask(access, path);
  const answered = `${path} answers ${response.status}`;
  expect(response.status === status, `${answered}, expected ${status}`);
  const body: unknown = await response.json().catch(() => undefined);
  expect(typeof body === 'object' && body !== null, `${answered} without JSON`);
  return body;
}

export function expect(holds: boolean, problem: string): asserts holds {
  if (!holds) throw new Error(problem);
}
