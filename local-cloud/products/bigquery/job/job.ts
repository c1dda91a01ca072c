import type { ErrorProto } from '../bigquery-error.ts';
import type { DatasetReference, TableReference } from '../resource/reference.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
export interface Job {
  readonly jobReference: JobReference;
  readonly configuration: JobConfiguration;
  readonly statistics: JobStatistics;
  readonly status: JobStatus;
  readonly user_email: string;
  /** Not shown: some of its statements have been committed, so it cannot be run again. */
  readonly isPartlyDone?: boolean;
}

export interface JobReference {
  readonly projectId: string;
  readonly jobId: string;
  readonly location: string;
}

export interface JobStatus {
  readonly state: 'PENDING' | 'RUNNING' | 'DONE';
  readonly errorResult?: ErrorProto;
  readonly errors?: readonly ErrorProto[];
}

export interface JobConfiguration {
  readonly jobType: 'QUERY' | 'LOAD' | 'COPY' | 'EXTRACT';
  readonly labels?: Readonly<Record<string, string>>;
  readonly dryRun?: boolean;
  readonly jobTimeoutMs?: string;
  readonly query?: QueryConfiguration;
  readonly load?: Readonly<Record<string, unknown>>;
  readonly copy?: Readonly<Record<string, unknown>>;
  readonly extract?: Readonly<Record<string, unknown>>;
}

export interface QueryConfiguration {
  readonly query: string;
  readonly useLegacySql?: boolean;
  readonly defaultDataset?: Partial<DatasetReference>;
  readonly destinationTable?: TableReference;
  readonly writeDisposition?: string;
  readonly createDisposition?: string;
  readonly maximumBytesBilled?: string;
  readonly parameterMode?: string;
  readonly queryParameters?: readonly QueryParameter[];
  readonly priority?: string;
  readonly useQueryCache?: boolean;
  readonly [field: string]: unknown;
}

export interface QueryParameter {
  readonly name?: string;
  readonly parameterType?: ParameterType;
  readonly parameterValue?: ParameterValue;
}

export interface ParameterType {
  readonly type: string;
  readonly arrayType?: ParameterType;
  readonly structTypes?: readonly { readonly name?: string; readonly type: ParameterType }[];
}

export interface ParameterValue {
  readonly value?: string | null;
  readonly arrayValues?: readonly ParameterValue[];
  readonly structValues?: Readonly<Record<string, ParameterValue>>;
}

export interface JobStatistics {
  readonly creationTime: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly totalBytesProcessed?: string;
  readonly query?: QueryStatistics;
  readonly [field: string]: unknown;
}

export interface QueryStatistics {
  readonly statementType?: string;
  readonly numDmlAffectedRows?: string;
  readonly [field: string]: unknown;
}
