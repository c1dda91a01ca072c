import { randomUUID } from 'node:crypto';
import { BigQueryError } from '../bigquery-error.ts';
import { requireLabels } from '../resource/dataset.ts';
import type { Job, JobConfiguration } from './job.ts';

type Resource = Readonly<Record<string, unknown>>;

const TYPES = ['query', 'load', 'copy', 'extract'] as const;

/** A job as its writer wants it, PENDING. */
export function makeJob(projectId: string, resource: Resource, now: Date): Job {
  const given = (resource['jobReference'] ?? {}) as {
    projectId?: string;
    jobId?: string;
    location?: string;
  };
  if (given.projectId !== undefined && given.projectId !== projectId)
    throw new BigQueryError(
      'invalid',
      `Value ${given.projectId} in content does not agree with value ${projectId} in path.`,
    );
  const { jobId = `job_${randomUUID().replaceAll('-', '')}`, location = '' } = given;
  // https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid
  if (!/^[\w-]{1,1024}$/.test(jobId))
    throw new BigQueryError(
      'invalid',
      `Invalid job ID "${jobId}". Job IDs must be alphanumeric (plus underscores and dashes) and must be at most 1024 characters long.`,
    );
  return {
    jobReference: { projectId, jobId, location },
    configuration: readConfiguration(resource['configuration']),
    statistics: { creationTime: String(now.getTime()) },
    status: { state: 'PENDING' },
    user_email: 'local-cloud@example.com',
  };
}

function readConfiguration(given: unknown): JobConfiguration {
  const configuration = (given ?? {}) as Resource;
  const [type, ...more] = TYPES.filter((name) => configuration[name] !== undefined);
  if (type === undefined || more.length > 0)
    throw new BigQueryError(
      'required',
      'Job configuration must contain exactly one job-specific configuration object (e.g., query, load, extract, spreadsheetExtract), but there were ' +
        (type === undefined ? '0' : more.length + 1) +
        ': ',
    );
  requireLabels(configuration['labels']);
  if (type === 'query') requireQuery(configuration['query'] as Resource);
  return { ...configuration, jobType: type.toUpperCase() } as unknown as JobConfiguration;
}

const NOT_MODELLED = [
  'tableDefinitions',
  'userDefinedFunctionResources',
  'connectionProperties',
  'createSession',
  'systemVariables',
];

function requireQuery(query: Resource): void {
  if (typeof query['query'] !== 'string' || query['query'] === '')
    throw new BigQueryError('required', 'Required parameter is missing: query');
  const isStandard = query['useLegacySql'] === false || /^\s*#standardSQL/i.test(query['query']);
  if (!isStandard)
    throw new BigQueryError(
      'notImplemented',
      'local-cloud does not model legacy SQL: set useLegacySql to false.',
    );
  const strange = NOT_MODELLED.find((name) => {
    const value = query[name];
    return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  });
  if (strange !== undefined)
    throw new BigQueryError('notImplemented', `local-cloud does not model ${strange} of queries.`);
}
