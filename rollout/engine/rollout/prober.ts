/** One request of a health check or a suite. */
export interface Probe {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** Of the answer, what is longer is cut off; 64 KiB by default. */
  readonly maxBodyBytes?: number;
}

export interface ProbeAnswer {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly latencyMs: number;
  /** At most 64 KiB of it. */
  readonly body: string;
  /** Why there was no answer. */
  readonly error?: string;
}

/** Asks a revision or a service over HTTP. Never throws for what the other side does. */
export interface Prober {
  probe(probe: Probe, signal?: AbortSignal): Promise<ProbeAnswer>;
}
