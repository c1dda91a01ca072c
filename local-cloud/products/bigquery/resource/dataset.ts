import { createHash } from 'node:crypto';
import { BigQueryError } from '../bigquery-error.ts';
import type { DatasetReference } from './reference.ts';
import { requireDatasetId } from './reference.ts';

export interface KeptDataset {
  readonly datasetReference: DatasetReference;
  readonly location: string;
  readonly creationTime: string;
  readonly lastModifiedTime: string;
  readonly defaultTableExpirationMs?: string;
  readonly defaultPartitionExpirationMs?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

type Resource = Readonly<Record<string, unknown>>;

const WRITABLE = [
  'friendlyName',
  'description',
  'defaultTableExpirationMs',
  'defaultPartitionExpirationMs',
  'labels',
  'access',
  'isCaseInsensitive',
  'maxTimeTravelHours',
  'storageBillingModel',
  'defaultCollation',
  'defaultRoundingMode',
  'resourceTags',
];

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets */
export function makeDataset(projectId: string, resource: Resource, now: Date): KeptDataset {
  const reference = resource['datasetReference'] as Partial<DatasetReference> | undefined;
  if (reference?.projectId !== undefined && reference.projectId !== projectId)
    throw new BigQueryError(
      'invalid',
      `Value ${reference.projectId} in content does not agree with value ${projectId} in path.`,
    );
  const datasetId = requireDatasetId(reference?.datasetId);
  const time = String(now.getTime());
  return checked({
    ...writableOf(resource),
    datasetReference: { projectId, datasetId },
    location: (resource['location'] ?? 'US') as string,
    creationTime: time,
    lastModifiedTime: time,
  });
}

/** `update` replaces what may be written; `patch` merges, and null removes. */
export function changeDataset(
  before: KeptDataset,
  resource: Resource,
  { isPatch, now }: { readonly isPatch: boolean; readonly now: Date },
): KeptDataset {
  const location = resource['location'] as string | undefined;
  if (location !== undefined && location.toLowerCase() !== before.location.toLowerCase())
    throw new BigQueryError('invalid', 'Cannot change dataset location');
  const { datasetReference, creationTime } = before;
  const fixed = { datasetReference, location: before.location, creationTime };
  const kept = isPatch ? writableOf(before) : {};
  const changed = withoutNulls(mergePatch(kept, writableOf(resource)));
  return checked({ ...changed, ...fixed, lastModifiedTime: String(now.getTime()) });
}

function checked(dataset: KeptDataset): KeptDataset {
  requireLabels(dataset.labels);
  return dataset;
}

/** https://cloud.google.com/bigquery/docs/labels-intro#requirements */
export function requireLabels(labels: unknown): void {
  for (const [key, value] of Object.entries((labels ?? {}) as Readonly<Record<string, unknown>>)) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key))
      throw new BigQueryError(
        'invalid',
        `Label key '${key}' has invalid characters or format: it must start with a lowercase letter and contain only lowercase letters, numbers, underscores and dashes, at most 63.`,
      );
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(String(value)))
      throw new BigQueryError(
        'invalid',
        `Label value '${String(value)}' has invalid characters or format: it may contain only lowercase letters, numbers, underscores and dashes, at most 63.`,
      );
  }
}

function writableOf(resource: Resource): Resource {
  const known = WRITABLE.filter((name) => resource[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, resource[name]]));
}

/** RFC 7386, as far as objects go; an array replaces. */
export function mergePatch(before: Resource, patch: Resource): Resource {
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(patch)) {
    const old = merged[key];
    merged[key] = isObject(value) && isObject(old) ? mergePatch(old, value) : value;
  }
  return withoutNulls(merged);
}

function withoutNulls(resource: Resource): Resource {
  return Object.fromEntries(Object.entries(resource).filter(([, value]) => value !== null));
}

function isObject(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function etagOf(resource: object): string {
  return createHash('md5').update(JSON.stringify(resource)).digest('base64');
}

export function renderDataset(dataset: KeptDataset, host: string): object {
  const { projectId, datasetId } = dataset.datasetReference;
  return {
    kind: 'bigquery#dataset',
    etag: etagOf(dataset),
    id: `${projectId}:${datasetId}`,
    selfLink: `http://${host}/bigquery/v2/projects/${projectId}/datasets/${datasetId}`,
    access: DEFAULT_ACCESS,
    ...dataset,
    type: 'DEFAULT',
  };
}

const DEFAULT_ACCESS = [
  { role: 'WRITER', specialGroup: 'projectWriters' },
  { role: 'OWNER', specialGroup: 'projectOwners' },
  { role: 'READER', specialGroup: 'projectReaders' },
];

/** As datasets.list shows it. */
export function renderDatasetItem({
  datasetReference,
  location,
  labels,
  friendlyName,
}: KeptDataset) {
  const { projectId, datasetId } = datasetReference;
  return {
    kind: 'bigquery#dataset',
    id: `${projectId}:${datasetId}`,
    datasetReference,
    location,
    ...(labels === undefined ? {} : { labels }),
    ...(friendlyName === undefined ? {} : { friendlyName }),
  };
}
