import type { TrafficTarget } from './have.ts';

/** What a revision is made of; the adapter turns it into the platform's message. */
export interface RevisionTemplate {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir?: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** The variable's name, and the secret's in Secret Manager with its version. */
  readonly secrets: Readonly<Record<string, { readonly secret: string; readonly version: string }>>;
  /** As Cloud Run writes them: `1`, `500m`; `512Mi`, `2Gi`. */
  readonly cpu: string;
  readonly memory: string;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly maxInstances: number;
  readonly serviceAccount?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** HTTP path of the startup probe; absent: the port must take connections. */
  readonly startupPath?: string;
  readonly livenessPath?: string;
}

/**
 * One write to the platform. Repeated with the same etag it either does the same or is refused as
 * stale, and then its intent is compared with what there is.
 */
export type Effect =
  /** A service that is not there yet: its first revision takes all traffic. */
  | {
      readonly kind: 'createService';
      readonly revision: string;
      readonly tag: string;
      readonly template: RevisionTemplate;
      readonly minInstances: number;
      readonly annotations: Readonly<Record<string, string>>;
    }
  /** A new revision, with traffic pinned to revisions, in one write. */
  | {
      readonly kind: 'deployRevision';
      readonly revision: string;
      readonly template: RevisionTemplate;
      readonly minInstances: number;
      readonly traffic: readonly TrafficTarget[];
    }
  | { readonly kind: 'moveTraffic'; readonly traffic: readonly TrafficTarget[] }
  /** Null takes an annotation away. The others stay. */
  | {
      readonly kind: 'annotate';
      readonly annotations: Readonly<Record<string, string | null>>;
    }
  | { readonly kind: 'deleteRevision'; readonly revision: string };
