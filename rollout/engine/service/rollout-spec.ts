import type { ScheduledCall } from './scheduled-call.ts';

/**
 * What rollout.yaml says, once everything is resolved: presets, defaults, what an environment adds
 * to its service, durations in milliseconds. Made by `loadRolloutFile`; nothing here is optional
 * that has a default.
 */
export interface RolloutFile {
  /** In the order in which they are shipped. */
  readonly services: readonly ServiceSpec[];
}

export interface ServiceSpec {
  readonly name: string;
  /** Globs relative to the folder of rollout.yaml; empty: any change ships the service. */
  readonly paths: readonly string[];
  readonly build: Build;
  readonly suites: Readonly<Record<string, Suite>>;
  readonly environments: Readonly<Record<string, Environment>>;
}

/** Where the image comes from; paths are relative to the folder of rollout.yaml. */
export type Build =
  | {
      readonly kind: 'dockerfile';
      readonly file: string;
      readonly context: string;
      readonly args: Readonly<Record<string, string>>;
    }
  /** Without a file Cloud Build builds the Dockerfile of the context. */
  | { readonly kind: 'cloud-build'; readonly file: string | null; readonly context: string }
  | { readonly kind: 'none' };

/** One service in one environment. */
export interface Environment {
  readonly name: string;
  /** `local` is local-cloud. */
  readonly project: string;
  readonly region: string;
  /** Globs such as `feature/*`; empty: from any branch. */
  readonly branches: readonly string[];
  /** Somebody has to approve before anything moves. */
  readonly approval: boolean;
  /**
   * The repository that built images are pushed to, without a tag; with `build: none` the image
   * itself.
   */
  readonly image: string;
  readonly runtime: Runtime;
  readonly gates: Gates;
  readonly strategy: Strategy;
  /** By the name of the job within the service. */
  readonly scheduler: Readonly<Record<string, ScheduledCall>>;
}

export interface Runtime {
  /** As Cloud Run writes them: `1`, `500m`; `512Mi`, `2Gi`. */
  readonly cpu: string;
  readonly memory: string;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly minInstances: number;
  readonly maxInstances: number;
  /** Wins over what the file says. */
  readonly env: Readonly<Record<string, string>>;
  /** Relative to the folder of rollout.yaml. */
  readonly envFile: string | null;
  readonly secrets: Readonly<Record<string, { readonly secret: string; readonly version: string }>>;
  readonly serviceAccount: string | null;
  /** Empty: what the image starts by itself. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** Of processes of local-cloud, relative to the folder of rollout.yaml. */
  readonly workingDir: string | null;
  readonly port: number;
  /** HTTP path of the startup probe; null: the port must take connections. */
  readonly startupPath: string | null;
  readonly livenessPath: string | null;
}

export interface Gates {
  /** A command line for the shell; null: none. */
  readonly tests: string | null;
  readonly freezes: readonly Freeze[];
}

/** When nothing may be shipped. */
export type Freeze =
  | {
      readonly kind: 'once';
      /** RFC 3339. */
      readonly from: string;
      readonly until: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'weekly';
      /** Minutes since Monday 00:00 in the zone; `until` before `from` goes over the weekend. */
      readonly fromMinute: number;
      readonly untilMinute: number;
      /** IANA, such as `Europe/Berlin`. */
      readonly zone: string;
      readonly reason: string;
    };

export interface Strategy {
  readonly prove: Prove;
  /** Traffic rises from step to step; the last has 100. */
  readonly steps: readonly Step[];
  readonly judge: JudgePolicy;
  readonly on: Reactions;
  readonly keepRevisions: number;
}

export interface Prove {
  /** Path that answers 200 when the revision can serve; null: readiness is enough. */
  readonly health: string | null;
  /** A name in the service's suites. */
  readonly suite: string | null;
  /** Further tries after the first. */
  readonly retries: number;
}

export interface Step {
  /** Percent for the canary. */
  readonly traffic: number;
  /** 0 at the last step, which only watches. */
  readonly durationMs: number;
  /** How long a return is instant after the last step; 0 at the others. */
  readonly watchMs: number;
  /** With `thresholds`: more errors of the canary than this in the step roll back. */
  readonly maxErrors: number | null;
}

export type JudgeWeights = Readonly<Record<string, number>> & {
  readonly errors: number;
  readonly latency: number;
};

/** How the judge decides, as far as rollout.yaml says it. */
export type JudgePolicy =
  | {
      readonly kind: 'sequential';
      /** The probability that a healthy release is ever rolled back. */
      readonly alpha: number;
      /** The probability that a step with errors x2 is left early. */
      readonly beta: number;
      /** Odds multiplier that still counts as no difference, from 1. */
      readonly margin: number;
      /** They sum to 1; one for each of `metrics`, too. */
      readonly weights: JudgeWeights;
      /** Counters of the service's own, by name: what its source of metrics calls them. */
      readonly metrics: Readonly<Record<string, string>>;
      /** A step is not left earlier. */
      readonly soakMs: number;
      readonly tickMs: number;
    }
  | {
      readonly kind: 'thresholds';
      /** Share of the canary's requests, 0 to 1; null: not judged. */
      readonly errorRate: number | null;
      readonly p95Ms: number | null;
      readonly p99Ms: number | null;
      /** Fewer are not judged by rate or latency. */
      readonly minRequests: number;
      /** In a whole step, where the step has none of its own. */
      readonly maxErrors: number | null;
      readonly tickMs: number;
    };

/** What to do when the judge cannot tell: one move after the other. */
export interface Reactions {
  readonly inconclusive: readonly Move[];
  readonly noData: readonly Move[];
  readonly providerError: readonly Move[];
}

/** A hold waits for a person until its time is over; the last move ends the waiting. */
export type Move =
  | { readonly action: 'extend' | 'retry' | 'hold'; readonly forMs: number }
  | { readonly action: 'continue' | 'rollBack' | 'abort' };

export type Suite = readonly Check[];

/** One request, and what its answer must be. */
export interface Check {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly status: number;
  /** Text that the body must contain; null: any. */
  readonly contains: string | null;
  /** A slower answer fails. */
  readonly maxLatencyMs: number;
}
