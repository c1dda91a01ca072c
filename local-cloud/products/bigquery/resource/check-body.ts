import { BigQueryError } from '../bigquery-error.ts';
import type { DiscoveryDocument, DiscoveryType } from './discovery-document.ts';

export type CheckBody = (schema: string, body: unknown) => void;

/** Refuses what Google's discovery document does not know; without one, unknown fields of the top. */
export function bodyChecker(document: DiscoveryDocument | null): CheckBody {
  const schemas = withLocation(document?.schemas ?? SMALL_SCHEMAS);
  return (schema, body) => check({ $ref: schema }, body, { schemas, path: '' });
}

/** The samples of Google's client for Node send a load's location there, and BigQuery takes them. */
function withLocation(schemas: DiscoveryDocument['schemas']): DiscoveryDocument['schemas'] {
  const { JobConfigurationLoad: load } = schemas;
  if (!load) return schemas;
  const properties = { ...load.properties, location: { type: 'string' } };
  return { ...schemas, JobConfigurationLoad: { ...load, properties } };
}

interface Place {
  readonly schemas: DiscoveryDocument['schemas'];
  readonly path: string;
}

function check(given: DiscoveryType, value: unknown, place: Place): void {
  const type = given.$ref === undefined ? given : (place.schemas[given.$ref] ?? {});
  if (value === null || value === undefined) return;
  if (type.properties || type.additionalProperties || type.type === 'object')
    checkObject(type, value, place);
  else if (type.type === 'array') checkArray(type, value, place);
  else if (!isScalar(type, value)) throw wrongType(type, value, place.path);
}

function checkObject(type: DiscoveryType, value: unknown, { schemas, path }: Place): void {
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(type, value, path);
  for (const [name, below] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    const known = type.properties?.[name] ?? type.additionalProperties;
    const isOpen = !type.properties && !type.additionalProperties;
    if (!known && !isOpen) throw unknownName(name, path);
    if (known) check(known, below, { schemas, path: path === '' ? name : `${path}.${name}` });
  }
}

function checkArray({ items = {} }: DiscoveryType, value: unknown, { schemas, path }: Place): void {
  // One value stands for a list of it, as in Google's JSON parser.
  const all = Array.isArray(value) ? (value as unknown[]) : [value];
  for (const [at, one] of all.entries()) check(items, one, { schemas, path: `${path}[${at}]` });
}

function isScalar({ type, format, enum: values }: DiscoveryType, value: unknown): boolean {
  if (type === undefined || type === 'any') return true;
  if (type === 'boolean')
    return typeof value === 'boolean' || value === 'true' || value === 'false';
  if (type === 'integer' || type === 'number' || /^u?int64$/.test(format ?? ''))
    return (
      value !== '' && ['number', 'string'].includes(typeof value) && !Number.isNaN(Number(value))
    );
  // Google's own client sends numbers of parameters as numbers where text is expected.
  if (!['string', 'number', 'boolean'].includes(typeof value)) return false;
  return !values || values.includes(String(value));
}

function unknownName(name: string, path: string): BigQueryError {
  const where = path === '' ? '' : ` at '${path}'`;
  const message = `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`;
  return new BigQueryError('invalid', message);
}

function wrongType({ type, format }: DiscoveryType, value: unknown, path: string): BigQueryError {
  const shown = JSON.stringify(value).slice(0, 80);
  const message = `Invalid value at '${path}' (${format ?? type ?? 'object'}), ${shown}`;
  return new BigQueryError('invalid', message);
}

function fieldsOf(names: string): DiscoveryType {
  return { properties: Object.fromEntries(names.split(' ').map((name) => [name, {}])) };
}

const OF_ALL =
  'kind etag id selfLink location labels creationTime lastModifiedTime description friendlyName';
const SMALL_SCHEMAS: DiscoveryDocument['schemas'] = {
  Dataset: fieldsOf(
    `${OF_ALL} datasetReference access type defaultTableExpirationMs defaultPartitionExpirationMs isCaseInsensitive maxTimeTravelHours storageBillingModel defaultCollation defaultRoundingMode resourceTags defaultEncryptionConfiguration tags`,
  ),
  Table: fieldsOf(
    `${OF_ALL} tableReference schema type view materializedView externalDataConfiguration expirationTime timePartitioning rangePartitioning clustering requirePartitionFilter tableConstraints defaultCollation maxStaleness numRows numBytes numLongTermBytes encryptionConfiguration`,
  ),
  Job: fieldsOf('kind etag id selfLink jobReference configuration statistics status user_email'),
  QueryRequest: fieldsOf(
    'kind query maxResults defaultDataset timeoutMs dryRun preserveNulls useQueryCache useLegacySql parameterMode queryParameters location formatOptions connectionProperties labels maximumBytesBilled requestId createSession jobTimeoutMs jobCreationMode continuous destinationEncryptionConfiguration writeIncrementalResults reservation maxSlots',
  ),
  TableDataInsertAllRequest: fieldsOf(
    'kind rows skipInvalidRows ignoreUnknownValues templateSuffix traceId',
  ),
};
