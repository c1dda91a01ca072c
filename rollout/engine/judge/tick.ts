/**
 * A histogram of latencies. `counts[i]` is the number of requests of at most `boundsMs[i]` and more
 * than the bound before; the last count, for which there is no bound, is of all that took longer.
 */
export interface Histogram {
  /** Rising. */
  readonly boundsMs: readonly number[];
  /** One more than bounds. */
  readonly counts: readonly number[];
}

/** What one arm did in a tick; requests are of the tick in which they arrived. */
export interface Arm {
  readonly requests: number;
  readonly errors: number;
  /** Of each counter that was asked for; a request counts at most once. */
  readonly events?: Readonly<Record<string, number>>;
  /** Null where the source has no latencies. */
  readonly latency: Histogram | null;
  /** One opaque key for each error, of the client that met it, where the source knows clients. */
  readonly errorClients?: readonly string[];
  /** Requests and errors of each instance, where the source knows instances. */
  readonly instances?: readonly { readonly requests: number; readonly errors: number }[];
}

/** Canary and stable side by side. An arm is null when the source has no series for it. */
export interface Tick {
  /** RFC 3339; the tick ends `seconds` later. */
  readonly startAt: string;
  readonly seconds: number;
  readonly canary: Arm | null;
  readonly stable: Arm | null;
}
