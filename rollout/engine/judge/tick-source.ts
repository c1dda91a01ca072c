import type { ServiceRef } from '../plan/have.ts';
import type { Tick } from './tick.ts';

export interface TickRequest {
  readonly ref: ServiceRef;
  readonly canary: string;
  /** All other revisions that serve. */
  readonly stable: readonly string[];
  /** The start of the first tick wanted, RFC 3339. */
  readonly from: string;
  /** The length of a tick that is wanted; a source gives longer ones when it cannot. */
  readonly tickSeconds: number;
  /** Further counters, by the name under which ticks shall have them. */
  readonly counters: Readonly<Record<string, string>>;
}

/** Where requests are counted: the platform's monitoring, Prometheus, or the local router. */
export interface TickSource {
  /** Whether it can read counters of the service's own. */
  readonly readsCounters: boolean;
  /** The shortest tick, and how long after its end a tick is complete at the latest. */
  describe(
    ref: ServiceRef,
  ): Promise<{ readonly tickSeconds: number; readonly delaySeconds: number }>;
  /**
   * The ticks that begin at `from` or later and whose data can have arrived (the watermark), in
   * order and without gaps. Empty when there is none yet.
   * @throws metrics_unavailable (kind transient), metrics_denied (kind access)
   */
  readTicks(request: TickRequest): Promise<readonly Tick[]>;
  close(): Promise<void>;
}
