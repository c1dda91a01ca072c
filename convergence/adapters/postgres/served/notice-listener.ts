import { setTimeout as wait } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import type { OnNotice } from '../control-database.ts';

const MAX_RETRY_DELAY_MS = 5_000;

/** LISTEN on a connection of its own, which is opened with the first listener and reopened. */
export class NoticeListener {
  readonly #url: string;
  readonly #handlers = new Map<string, Set<OnNotice>>();
  readonly #closing = new AbortController();
  #client: Promise<Client> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async listen(channel: string, onNotice: OnNotice): Promise<() => Promise<void>> {
    const handlers = this.#handlers.get(channel) ?? new Set();
    this.#handlers.set(channel, handlers.add(onNotice));
    try {
      const client = await (this.#client ??= this.#connect());
      await client.query(`LISTEN ${escapeIdentifier(channel)}`);
    } catch (error) {
      handlers.delete(onNotice);
      throw error;
    }
    // A channel is never left: the few that exist are wanted as long as the process lives.
    return async () => void handlers.delete(onNotice);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const client = await this.#client?.catch(() => undefined);
    await client?.end();
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.#url,
      keepAlive: true,
      application_name: 'convergence listener',
    });
    client.on('notification', ({ channel, payload }) => this.#deliver(channel, payload ?? ''));
    client.on('error', () => undefined);
    try {
      await client.connect();
      for (const channel of this.#handlers.keys()) {
        await client.query(`LISTEN ${escapeIdentifier(channel)}`);
      }
    } catch (error) {
      this.#client = undefined;
      await client.end().catch(() => undefined);
      throw error;
    }
    client.once('end', () => void this.#reconnect());
    return client;
  }

  /** Notices sent meanwhile are lost, so everyone who listens is told to look. */
  async #reconnect(): Promise<void> {
    for (let delayMs = 100; !this.#closing.signal.aborted; delayMs *= 2) {
      try {
        this.#client = this.#connect();
        await this.#client;
        for (const channel of this.#handlers.keys()) this.#deliver(channel, '');
        return;
      } catch {
        const options = { signal: this.#closing.signal, ref: false };
        await wait(Math.min(delayMs, MAX_RETRY_DELAY_MS), undefined, options).catch(
          () => undefined,
        );
      }
    }
  }

  #deliver(channel: string, payload: string): void {
    for (const onNotice of this.#handlers.get(channel) ?? []) onNotice(payload);
  }
}
