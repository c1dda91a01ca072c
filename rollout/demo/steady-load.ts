import { Agent, request } from 'node:http';

export interface LoadOptions {
  readonly url: string;
  readonly requestsPerSecond: number;
  /** Each request comes from one of so many people, as the shop sees them. */
  readonly clients: number;
}

export interface LoadCounts {
  /** Answered below 500. */
  readonly served: number;
  /** Answered 500 or more, by the revision that answered; `none` when there was no answer. */
  readonly hurt: Readonly<Record<string, number>>;
}

const PULSE_MS = 10;
const TIMEOUT_MS = 5_000;

/**
 * Asks at a steady rate, whether answers come or not: a slow service does not slow its users down.
 */
export class SteadyLoad {
  readonly #options: LoadOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  readonly #hurt = new Map<string, number>();
  readonly #startedAtMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #served = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#sendDue(), PULSE_MS);
  }

  counts(): LoadCounts {
    return { served: this.#served, hurt: Object.fromEntries(this.#hurt) };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#agent.destroy();
  }

  #sendDue(): void {
    const { requestsPerSecond } = this.#options;
    const due = ((performance.now() - this.#startedAtMs) / 1000) * requestsPerSecond;
    for (; this.#sent < due; this.#sent++) this.#send();
  }

  #send(): void {
    const { url, clients } = this.#options;
    const client = Math.floor(Math.random() * clients);
    const headers = {
      'x-forwarded-for': `10.${client >> 16}.${(client >> 8) & 255}.${client & 255}`,
    };
    const sent = request(`${url}/price`, { agent: this.#agent, headers, timeout: TIMEOUT_MS });
    sent.on('response', (response) => {
      response.resume();
      if ((response.statusCode ?? 500) < 500) this.#served++;
      else this.#count(String(response.headers['x-revision'] ?? 'none'));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => this.#count('none'));
    sent.end();
  }

  #count(revision: string): void {
    this.#hurt.set(revision, (this.#hurt.get(revision) ?? 0) + 1);
  }
}
