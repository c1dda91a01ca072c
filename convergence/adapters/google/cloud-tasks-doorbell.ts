import type { CloudTasksClient } from '@google-cloud/tasks';
import type { Clock } from 'base/clock.ts';
import type { Log } from 'base/log.ts';
import type { Doorbell } from '../../engine/run/queue/doorbell.ts';

type ClientOptions = ConstructorParameters<typeof CloudTasksClient>[0];

export interface CloudTasksDoorbellOptions {
  /** `projects/…/locations/…/queues/…` */
  readonly queue: string;
  /** Where a worker is woken: POST. */
  readonly url: string;
  /** Whose OIDC token the request carries; absent: it carries none. */
  readonly serviceAccount: string | undefined;
  readonly clientOptions: () => Promise<ClientOptions>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rings within so much of each other are one push. */
const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Longer than a worker holds the request. */
const DISPATCH_DEADLINE = { seconds: 300 };

/** Has Cloud Tasks call the worker, which starts an instance where there is none. */
export class CloudTasksDoorbell implements Doorbell {
  readonly #options: CloudTasksDoorbellOptions;
  readonly #closing = new AbortController();
  #client: Promise<CloudTasksClient> | undefined;
  #isRung = false;
  #ringing: Promise<void> | undefined;

  constructor(options: CloudTasksDoorbellOptions) {
    this.#options = options;
  }

  ring(): void {
    this.#isRung = true;
    this.#ringing ??= this.#passOn().finally(() => {
      this.#ringing = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ringing;
    await (await this.#client?.catch(() => undefined))?.close();
  }

  /** A ring that could not be passed on is tried again, ever more rarely. */
  async #passOn(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#closing;
    let failures = 0;
    while (this.#isRung) {
      this.#isRung = false;
      try {
        await this.#push();
        failures = 0;
      } catch (error) {
        if (failures === 0) log.warn('a worker could not be woken', { error });
        failures++;
        this.#isRung = !signal.aborted;
      }
      const pauseMs = Math.min(PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  async #push(): Promise<void> {
    const { queue, url, serviceAccount } = this.#options;
    const client = await this.#open();
    const oidcToken = serviceAccount && {
      serviceAccountEmail: serviceAccount,
      audience: new URL(url).origin,
    };
    const httpRequest = { url, httpMethod: 'POST' as const, ...(oidcToken && { oidcToken }) };
    const task = { httpRequest, dispatchDeadline: DISPATCH_DEADLINE };
    await client.createTask({ parent: queue, task }, { timeout: 10_000 });
  }

  #open(): Promise<CloudTasksClient> {
    this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #connect(): Promise<CloudTasksClient> {
    const [tasks, options] = await Promise.all([
      import('@google-cloud/tasks'),
      this.#options.clientOptions(),
    ]);
    return new tasks.CloudTasksClient(options);
  }
}
