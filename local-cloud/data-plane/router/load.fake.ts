import { Pool } from 'undici';

export interface LoadResult {
  /** Answers by status; `error` when none came. */
  readonly byStatus: Readonly<Record<string, number>>;
}

/** Sends requests one after the other on each of its connections, until it is told to stop. */
export class Load {
  readonly #pool: Pool;
  readonly #byStatus: Record<string, number> = {};
  readonly #senders: Promise<void>[];
  #isStopped = false;

  constructor(url: string, connections: number) {
    this.#pool = new Pool(url, { connections });
    this.#senders = Array.from({ length: connections }, () => this.#send());
  }

  get requests(): number {
    return Object.values(this.#byStatus).reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<LoadResult> {
    this.#isStopped = true;
    await Promise.all(this.#senders);
    await this.#pool.close();
    return { byStatus: this.#byStatus };
  }

  async #send(): Promise<void> {
    while (!this.#isStopped) {
      const outcome = await this.#request();
      this.#byStatus[outcome] = (this.#byStatus[outcome] ?? 0) + 1;
    }
  }

  /** Every other one has a body. */
  async #request(): Promise<string> {
    const post = this.requests % 2 === 0;
    try {
      const { statusCode, body } = await this.#pool.request({
        path: '/',
        method: post ? 'POST' : 'GET',
        ...(post ? { body: 'a body' } : {}),
      });
      await body.dump();
      return String(statusCode);
    } catch {
      return 'error';
    }
  }
}
