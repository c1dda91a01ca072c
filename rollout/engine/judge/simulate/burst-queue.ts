import type { Arm } from '../tick.ts';
import { poisson } from './poisson.ts';
import type { Sampler } from './poisson.ts';
import type { Random } from './random.ts';
import { TICK_SECONDS } from './scenario.ts';
import type { Bursts } from './scenario.ts';

/** Errors of bursts in one arm and tick. */
export interface BurstErrors {
  readonly errors: number;
  /** What the source knows of these errors and of others in the same arm. */
  known(requests: number, errors: number): Pick<Arm, 'errorClients' | 'instances'>;
}

interface Burst {
  readonly client: string;
  readonly isCanary: boolean;
  readonly instance: number;
  /** Of this tick and those after it. */
  readonly errors: number[];
}

export class BurstQueue {
  readonly #bursts: Bursts;
  readonly #random: Random;
  readonly #arrivals: Sampler;
  #open: Burst[] = [];
  #clients = 0;

  constructor(bursts: Bursts, random: Random) {
    this.#bursts = bursts;
    this.#random = random;
    this.#arrivals = poisson(bursts.perSecond * TICK_SECONDS);
  }

  /** The next tick; new clients come to the canary with probability `share`. */
  next(share: number): { readonly canary: BurstErrors; readonly stable: BurstErrors } {
    for (let left = this.#arrivals(this.#random); left > 0; left -= 1) this.#begin(share);
    const canary = new Map<Burst, number>();
    const stable = new Map<Burst, number>();
    for (const burst of this.#open) {
      const errors = burst.errors.shift() ?? 0;
      if (errors > 0) (burst.isCanary ? canary : stable).set(burst, errors);
    }
    this.#open = this.#open.filter(({ errors }) => errors.length > 0);
    return {
      canary: this.#errorsOf(canary, 1),
      stable: this.#errorsOf(stable, this.#bursts.stableInstances),
    };
  }

  #begin(share: number): void {
    const { meanErrors, lastSeconds, stableInstances } = this.#bursts;
    const random = this.#random;
    const startsAt = random() * TICK_SECONDS;
    const errors = Array.from({ length: Math.ceil(lastSeconds / TICK_SECONDS) + 1 }, () => 0);
    const count = 1 + Math.floor(Math.log1p(-random()) / Math.log1p(-1 / meanErrors));
    for (let left = count; left > 0; left -= 1) {
      const tick = Math.floor((startsAt + random() * lastSeconds) / TICK_SECONDS);
      errors[tick] = (errors[tick] ?? 0) + 1;
    }
    this.#clients += 1;
    this.#open.push({
      client: `client ${this.#clients}`,
      isCanary: random() < share,
      instance: Math.floor(random() * stableInstances),
      errors,
    });
  }

  #errorsOf(bursts: ReadonlyMap<Burst, number>, instances: number): BurstErrors {
    const errors = [...bursts.values()].reduce((sum, count) => sum + count, 0);
    return {
      errors,
      known: (otherRequests, otherErrors) => {
        const { known } = this.#bursts;
        if (known === 'nothing') return {};
        if (known === 'clients') return { errorClients: this.#clientsOf(bursts, otherErrors) };
        const others = { instances, otherRequests, otherErrors };
        return { instances: this.#instancesOf(bursts, others) };
      },
    };
  }

  #clientsOf(bursts: ReadonlyMap<Burst, number>, others: number): string[] {
    const clients = [...bursts].flatMap(([{ client }, errors]) =>
      Array.from({ length: errors }, () => client),
    );
    for (let left = others; left > 0; left -= 1) clients.push(`single ${(this.#clients += 1)}`);
    return clients;
  }

  #instancesOf(
    bursts: ReadonlyMap<Burst, number>,
    others: { instances: number; otherRequests: number; otherErrors: number },
  ): { requests: number; errors: number }[] {
    const { instances, otherRequests, otherErrors } = others;
    const counts = Array.from({ length: instances }, () => ({
      requests: otherRequests / instances,
      errors: 0,
    }));
    const add = (instance: number, requests: number, errors: number) => {
      const count = counts[instance % instances];
      if (!count) return;
      count.requests += requests;
      count.errors += errors;
    };
    for (const [{ instance }, errors] of bursts) add(instance, errors, errors);
    for (let left = otherErrors; left > 0; left -= 1)
      add(Math.floor(this.#random() * instances), 0, 1);
    return counts;
  }
}
