import { BigQueryError } from '../bigquery-error.ts';

type Node = Readonly<Record<string, unknown>>;

interface Option {
  readonly name: string;
  readonly value?: Node;
}

const DAY_MS = 86_400_000;

/** OPTIONS(...) of a table, view or schema, as fields of its resource; null removes. */
export function readOptions(list: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const { name, value } of (list ?? []) as readonly Option[]) {
    const read = readers[name];
    if (!read)
      throw new BigQueryError('notImplemented', `local-cloud does not model OPTIONS(${name}).`);
    Object.assign(fields, read(literal(value, name)));
  }
  return fields;
}

const readers: Readonly<Record<string, (value: unknown) => Record<string, unknown>>> = {
  description: (value) => ({ description: value }),
  friendly_name: (value) => ({ friendlyName: value }),
  location: (value) => ({ location: value }),
  labels: (value) => ({
    labels: Object.fromEntries((value as [string, string][] | null) ?? []),
  }),
  require_partition_filter: (value) => ({ requirePartitionFilter: value }),
  partition_expiration_days: (value) => ({ partitionExpirationMs: days(value) }),
  default_table_expiration_days: (value) => ({ defaultTableExpirationMs: days(value) }),
  default_partition_expiration_days: (value) => ({ defaultPartitionExpirationMs: days(value) }),
  expiration_timestamp: (value) => ({ expirationTime: value }),
};

function days(value: unknown): string | null {
  return value === null ? null : String(Math.round(Number(value) * DAY_MS));
}

function literal(value: Node | undefined, name: string): unknown {
  const node = value?.['resolved_literal_node'] as { value?: { value?: Node } } | undefined;
  if (!node)
    throw new BigQueryError(
      'notImplemented',
      `local-cloud takes only literals for OPTIONS(${name}).`,
    );
  return readProto(node.value?.value ?? {});
}

/** Of a zetasql.ValueProto as an object. */
function readProto(value: Node): unknown {
  const kind = (value['value'] ?? '') as string;
  if (kind === '') return null;
  const content = value[kind] as Node;
  if (kind === 'array_value') return (content['element'] as Node[]).map(readProto);
  if (kind === 'struct_value') return (content['field'] as Node[]).map(readProto);
  if (kind === 'timestamp_value') return String(Number(content['seconds']) * 1000);
  return content;
}
