import type { JobMetadata, QueryParameter, TableField } from '@google-cloud/bigquery';
import type { BigQueryClient } from './bigquery-client.ts';
import { runJob } from './run-job.ts';
import type { JobSpec } from './run-job.ts';

/** A named parameter, its values as the REST API writes them: `true`, `12`, RFC 3339. */
export type SqlParameter =
  | { readonly type: ParameterType; readonly value: string | null }
  | { readonly type: ParameterType; readonly values: readonly string[] };

export type ParameterType =
  | 'STRING'
  | 'INT64'
  | 'FLOAT64'
  | 'BOOL'
  | 'TIMESTAMP'
  | 'DATE'
  | 'JSON'
  | 'BYTES'
  | 'NUMERIC';

export interface QuerySpec {
  readonly id?: string;
  readonly sql: string;
  readonly parameters?: Readonly<Record<string, SqlParameter>>;
  /** Where names of tables are looked up that have no dataset. */
  readonly dataset: string;
  /** Whose costs they are. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly maxBytesBilled?: number;
  /** Further fields of JobConfigurationQuery, such as a destination. */
  readonly options?: NonNullable<JobSpec['configuration']['query']>;
}

/** Rows as BigQuery sends them; `null` or text, and below `v` further `f` and lists. */
export interface RawRow {
  readonly f: readonly { readonly v: unknown }[];
}

export interface QueryRows {
  readonly fields: readonly TableField[];
  readonly rows: readonly RawRow[];
  /** Rows of the whole result. */
  readonly totalRows: number;
}

/** @throws what `runJob` does */
export function runQuery(
  client: BigQueryClient,
  spec: QuerySpec,
  signal?: AbortSignal,
): Promise<JobMetadata> {
  const configuration = queryConfiguration(client, spec);
  return runJob(client, { ...(spec.id !== undefined && { id: spec.id }), configuration }, signal);
}

/**
 * What BigQuery says of a query without running it: schema, referenced tables, bytes.
 * @throws what `runJob` does
 */
export async function dryRun(
  client: BigQueryClient,
  spec: QuerySpec,
  signal?: AbortSignal,
): Promise<NonNullable<JobMetadata['statistics']>> {
  const configuration = { ...queryConfiguration(client, spec), dryRun: true };
  const jobReference = { projectId: client.projectId, location: client.location };
  const body = { jobReference, configuration };
  const job = await client.call<JobMetadata>({ method: 'POST', path: '/jobs', body }, signal);
  return job.statistics ?? {};
}

function queryConfiguration(client: BigQueryClient, spec: QuerySpec): JobSpec['configuration'] {
  const { sql, parameters = {}, dataset, labels, maxBytesBilled, options } = spec;
  const given = Object.entries(parameters).map(([name, one]) => parameterOf(name, one));
  return {
    ...(labels && { labels }),
    query: {
      query: sql,
      useLegacySql: false,
      defaultDataset: { projectId: client.projectId, datasetId: dataset },
      ...(given.length > 0 && { parameterMode: 'NAMED', queryParameters: given }),
      ...(maxBytesBilled !== undefined && { maximumBytesBilled: String(maxBytesBilled) }),
      ...options,
    },
  };
}

function parameterOf(name: string, parameter: SqlParameter): QueryParameter {
  const { type } = parameter;
  if ('values' in parameter) {
    const arrayValues = parameter.values.map((value) => ({ value }));
    return {
      name,
      parameterType: { type: 'ARRAY', arrayType: { type } },
      parameterValue: { arrayValues },
    };
  }
  // BigQuery reads a parameter without a value as NULL.
  const { value } = parameter;
  return { name, parameterType: { type }, parameterValue: value === null ? {} : { value } };
}

/** BigQuery sends fewer where they are large. */
const PAGE_ROWS = 10_000;

interface ResultPage {
  readonly schema?: { readonly fields?: readonly TableField[] };
  readonly rows?: readonly RawRow[];
  readonly totalRows?: string;
  readonly pageToken?: string;
}

/** The first rows of the result of a query that has ended. */
export async function readRows(
  client: BigQueryClient,
  job: JobMetadata,
  { maxRows, signal }: { maxRows: number; signal?: AbortSignal },
): Promise<QueryRows> {
  const path = `/queries/${job.jobReference?.jobId}`;
  const rows: RawRow[] = [];
  let pageToken: string | undefined;
  let page: ResultPage;
  do {
    const query = {
      location: client.location,
      'formatOptions.useInt64Timestamp': true,
      maxResults: Math.min(PAGE_ROWS, maxRows - rows.length),
      ...(pageToken !== undefined && { pageToken }),
    };
    page = await client.call<ResultPage>({ method: 'GET', path, query }, signal);
    rows.push(...(page.rows ?? []));
    pageToken = page.pageToken;
  } while (pageToken !== undefined && rows.length < maxRows);
  const totalRows = Number(page.totalRows ?? rows.length);
  return { fields: page.schema?.fields ?? [], rows, totalRows };
}
