/**
 * Cloud Run's resources as the JSON mapping of google.cloud.run.v2 writes them, as far as anything
 * here looks at them; all other fields are kept and given back.
 */
export interface ServiceResource {
  readonly name: string;
  readonly uid: string;
  readonly generation: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly createTime: string;
  readonly updateTime: string;
  readonly deleteTime?: string;
  readonly creator: string;
  readonly lastModifier: string;
  readonly template: Template;
  readonly traffic: readonly TrafficTarget[];
  readonly scaling?: ServiceScaling;
  readonly observedGeneration?: string;
  readonly terminalCondition?: Condition;
  readonly conditions?: readonly Condition[];
  readonly latestReadyRevision?: string;
  readonly latestCreatedRevision?: string;
  readonly trafficStatuses?: readonly TrafficStatus[];
  readonly uri?: string;
  readonly urls?: readonly string[];
  readonly reconciling?: boolean;
  readonly etag: string;
  readonly [field: string]: unknown;
}

export type Labels = Readonly<Record<string, string>>;

export interface ServiceScaling {
  readonly minInstanceCount?: number;
  readonly maxInstanceCount?: number;
  readonly scalingMode?: string;
  readonly manualInstanceCount?: number;
}

export interface Template {
  /** The short name. */
  readonly revision?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly scaling?: { readonly minInstanceCount?: number; readonly maxInstanceCount?: number };
  readonly timeout?: string;
  readonly maxInstanceRequestConcurrency?: number;
  readonly containers?: readonly Container[];
  readonly volumes?: readonly object[];
  readonly [field: string]: unknown;
}

export interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string>>;
    readonly cpuIdle?: boolean;
    readonly startupCpuBoost?: boolean;
  };
  readonly ports?: readonly { readonly name?: string; readonly containerPort?: number }[];
  readonly workingDir?: string;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly [field: string]: unknown;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueSource?: { readonly secretKeyRef?: SecretKeySelector };
}

interface SecretKeySelector {
  /** The short name, or `projects/PROJECT/secrets/SECRET`. */
  readonly secret: string;
  /** A number, an alias or `latest`. */
  readonly version?: string;
}

export interface Probe {
  readonly initialDelaySeconds?: number;
  readonly timeoutSeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
  readonly httpGet?: { readonly path?: string; readonly port?: number };
  readonly tcpSocket?: { readonly port?: number };
  readonly grpc?: object;
}

export interface TrafficTarget {
  readonly type?: string;
  /** The short name. */
  readonly revision?: string;
  readonly percent?: number;
  readonly tag?: string;
}

export interface TrafficStatus extends TrafficTarget {
  readonly uri?: string;
}

export const LATEST = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';
export const TO_REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';

export interface Condition {
  readonly type: string;
  readonly state:
    | 'CONDITION_PENDING'
    | 'CONDITION_RECONCILING'
    | 'CONDITION_FAILED'
    | 'CONDITION_SUCCEEDED';
  readonly message?: string;
  readonly lastTransitionTime: string;
  readonly severity?: string;
  readonly reason?: string;
  readonly revisionReason?: string;
}

/** A revision with what its first start came to. */
export interface KeptRevision {
  /** The short name. */
  readonly name: string;
  readonly uid: string;
  readonly createTime: string;
  readonly updateTime: string;
  readonly deleteTime?: string;
  readonly creator: string;
  readonly template: Template;
  readonly outcome: 'pending' | 'ready' | 'failed';
  readonly message?: string;
}

export interface KeptService {
  readonly resource: ServiceResource;
  /** In the order of their creation. */
  readonly revisions: readonly KeptRevision[];
}
