import { AppError } from 'base/error.ts';
import type { ErrorKind } from 'base/error.ts';
import { Agent, request } from 'undici';
import type { ControlAnswer, ControlMethod } from './control/control-call.ts';
import { toCounter } from './counter/counter-sum.ts';
import type { CounterSum } from './counter/counter-sum.ts';
import type {
  Counter,
  DataPlane,
  DesiredService,
  RevisionFault,
  RevisionStatus,
  ServiceStatus,
} from './data-plane.ts';
import { fail } from './data-plane-error.ts';
import { readEndpoint } from './state/control-endpoint.ts';

/**
 * The data plane of a state folder, as it runs in its own process. Each call looks up anew where
 * that is, so that a data plane which was started again is found.
 * Calls throw data_plane_absent (kind transient) when none answers, and what the port says.
 */
export function connectDataPlane({ folder }: { folder: string }): DataPlane {
  return new DataPlaneClient(folder);
}

export class DataPlaneClient implements DataPlane {
  readonly #folder: string;
  // A revision may take long to become ready.
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 1000 });

  constructor(folder: string) {
    this.#folder = folder;
  }

  async applyService(desired: DesiredService): Promise<void> {
    await this.#call('applyService', [desired]);
  }

  async removeService(key: string): Promise<void> {
    await this.#call('removeService', [key]);
  }

  async describeService(key: string): Promise<ServiceStatus | null> {
    return (await this.#call('describeService', [key])) as ServiceStatus | null;
  }

  async awaitRevision(key: string, revision: string, signal: AbortSignal): Promise<RevisionStatus> {
    return (await this.#call('awaitRevision', [key, revision], signal)) as RevisionStatus;
  }

  async readCounters(key: string, from: number, to: number): Promise<readonly Counter[]> {
    const sums = (await this.#call('readSums', [key, from, to])) as readonly CounterSum[];
    return sums.map(toCounter);
  }

  async setFault(key: string, revision: string, fault: RevisionFault): Promise<void> {
    await this.#call('setFault', [key, revision, fault]);
  }

  /** Only this client's connections: the data plane goes on. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** For `stopDataPlane`, which alone ends the process. */
  async stop(): Promise<void> {
    await this.#call('stop', []);
  }

  async #call(method: ControlMethod, args: readonly unknown[], signal?: AbortSignal) {
    const answer = await this.#send(method, args, signal);
    if ('value' in answer) return answer.value;
    const { kind, ...error } = answer.error;
    throw new AppError({ ...error, kind: kind as ErrorKind });
  }

  async #send(
    method: ControlMethod,
    args: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<ControlAnswer> {
    const endpoint = await readEndpoint(this.#folder);
    if (!endpoint) throw absent();
    try {
      const { body } = await request(`http://127.0.0.1:${endpoint.port}/${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${endpoint.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(args),
        dispatcher: this.#agent,
        ...(signal ? { signal } : {}),
      });
      return (await body.json()) as ControlAnswer;
    } catch (error) {
      signal?.throwIfAborted();
      throw absent(error);
    }
  }
}

function absent(cause?: unknown): AppError {
  return fail('data_plane_absent', 'The data plane of local-cloud does not answer.', {
    hint: 'Start it with: npx local-cloud start',
    cause,
  });
}
