/** google.devtools.cloudbuild.v1.Build in JSON, as far as anything here looks at it. */
export interface Build {
  readonly name: string;
  readonly id: string;
  readonly projectId: string;
  readonly status: BuildStatus;
  readonly statusDetail?: string;
  readonly source?: { readonly storageSource?: StorageSource };
  readonly steps: readonly BuildStep[];
  readonly images?: readonly string[];
  readonly tags?: readonly string[];
  readonly substitutions?: Readonly<Record<string, string>>;
  readonly options?: BuildOptions;
  /** A duration such as `600s`. */
  readonly timeout: string;
  /** `gs://bucket/folder` */
  readonly logsBucket: string;
  readonly logUrl?: string;
  readonly results?: object;
  readonly timing?: Readonly<Record<string, TimeSpan>>;
  readonly failureInfo?: { readonly type: string; readonly detail: string };
  /** RFC 3339. */
  readonly createTime: string;
  readonly startTime?: string;
  readonly finishTime?: string;
  readonly [field: string]: unknown;
}

export type BuildStatus =
  | 'QUEUED'
  | 'WORKING'
  | 'SUCCESS'
  | 'FAILURE'
  | 'INTERNAL_ERROR'
  | 'TIMEOUT'
  | 'CANCELLED';

export interface StorageSource {
  readonly bucket?: string;
  readonly object: string;
  readonly generation?: string;
}

export interface BuildOptions {
  readonly substitutionOption?: string;
  readonly dynamicSubstitutions?: boolean;
  readonly automapSubstitutions?: boolean;
  readonly logging?: string;
  readonly env?: readonly string[];
  readonly [field: string]: unknown;
}

export interface BuildStep {
  /** The builder's image. */
  readonly name?: string;
  readonly id?: string;
  readonly entrypoint?: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly dir?: string;
  readonly waitFor?: readonly string[];
  readonly timeout?: string;
  readonly script?: string;
  readonly automapSubstitutions?: boolean;
  readonly allowFailure?: boolean;
  readonly allowExitCodes?: readonly number[];
  readonly status?: BuildStatus;
  readonly exitCode?: number;
  readonly timing?: TimeSpan;
  readonly [field: string]: unknown;
}

export interface TimeSpan {
  readonly startTime: string;
  readonly endTime?: string;
}

export function isEnded({ status }: Pick<Build, 'status'>): boolean {
  return status !== 'QUEUED' && status !== 'WORKING';
}

/** Of a build's steps, such as `step 2 "gcr.io/cloud-builders/npm"`. */
export function stepTitle({ name = '' }: BuildStep, index: number): string {
  return `step ${index} "${name}"`;
}

/** Why a build ends otherwise than with success. */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
  readonly status: BuildStatus;
  readonly type: string;

  constructor(status: BuildStatus, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}
