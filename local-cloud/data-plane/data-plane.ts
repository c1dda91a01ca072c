/**
 * The part of local-cloud that requests go through: it runs revisions as processes and routes to
 * them. It lives in a process of its own, so that requests are served while the control plane is
 * down, and keeps what it was told on disk.
 */
export interface DataPlane {
  /** Makes a service as described, whatever it was before; resolves when the router follows it. */
  applyService(desired: DesiredService): Promise<void>;
  removeService(key: string): Promise<void>;
  /** Null when there is none. */
  describeService(key: string): Promise<ServiceStatus | null>;
  /**
   * Resolves when the revision is ready or failed; rejects when `signal` is aborted. Its first
   * instance is started also when no traffic goes to it, as Cloud Run does to prove a revision.
   */
  awaitRevision(key: string, revision: string, signal: AbortSignal): Promise<RevisionStatus>;
  /** By second and revision; `from` and `to` in seconds since 1970, `to` not included. */
  readCounters(key: string, from: number, to: number): Promise<readonly Counter[]>;
  setFault(key: string, revision: string, fault: RevisionFault): Promise<void>;
  close(): Promise<void>;
}

export interface DesiredService {
  /** `{project}/{region}/{service}`. */
  readonly key: string;
  readonly minInstances: number;
  readonly revisions: readonly DesiredRevision[];
  /** Of revisions in `revisions`; percent sums to 100. */
  readonly traffic: readonly {
    readonly revision: string;
    readonly percent: number;
    readonly tag?: string;
  }[];
}

export interface DesiredRevision {
  readonly name: string;
  /** A process when there is a command, else a container of `image`. */
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir?: string;
  /** Without PORT and the K_ variables, which the data plane adds. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables whose values are read when an instance starts. */
  readonly secrets?: readonly SecretVariable[];
  readonly concurrency: number;
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly timeoutMs: number;
  readonly startup: StartupProbe;
  readonly liveness?: LivenessProbe;
}

export interface SecretVariable {
  readonly variable: string;
  /** `projects/p/secrets/s/versions/latest` */
  readonly version: string;
  /** Where the service asks for it, for who has to mend it. */
  readonly field: string;
}

export interface StartupProbe {
  /** Absent: the port must take connections. */
  readonly path?: string;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly failureThreshold: number;
}

export interface LivenessProbe extends StartupProbe {
  readonly path: string;
}

export interface ServiceStatus {
  readonly url: string;
  readonly tagUrls: Readonly<Record<string, string>>;
  readonly revisions: readonly RevisionStatus[];
}

export interface RevisionStatus {
  readonly name: string;
  /** `idle`: proved once, no process now. */
  readonly state: 'starting' | 'ready' | 'idle' | 'failed';
  readonly message?: string;
  readonly instances: number;
}

/** What one revision did in one second. Requests count in the second in which they arrived. */
export interface Counter {
  /** Since 1970. */
  readonly second: number;
  readonly revision: string;
  /** By HTTP status, such as `200`. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Of `LATENCY_BOUNDS_MS` and one more; of the answered ones and those that hang longer. */
  readonly latency: readonly number[];
  readonly latencySumMs: number;
  /** A key for each answer of 500 or more, of the client that got it. */
  readonly errorClients: readonly string[];
  readonly instances: readonly { readonly requests: number; readonly errors: number }[];
}

/** Bounds of the latency histogram: 1 ms, then 1.1 times the one before, up to over 10 minutes. */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from(
  { length: 141 },
  (_, index) => 1.1 ** index,
);

/** Trouble on demand. */
export interface RevisionFault {
  /** 0 to 1: this share of requests is answered 500 by the router in the revision's place. */
  readonly errorShare?: number;
  /** Added to each answer. */
  readonly delayMs?: number;
  /** Instances end at once when they are started. */
  readonly failStart?: boolean;
}
