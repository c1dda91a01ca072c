import type { ModelBuild } from '../../../../engine/flow/transform/model.ts';

/** A column as BigQuery's REST API describes it. */
interface Field {
  readonly name?: string;
  readonly type?: string;
  readonly mode?: string;
}

type Wanted = Pick<ModelBuild, 'uniqueKey' | 'partitionBy' | 'clusterBy'>;

/** https://cloud.google.com/bigquery/docs/partitioned-tables */
const PARTITION_TYPES = new Set(['DATE', 'DATETIME', 'TIMESTAMP']);
/** https://cloud.google.com/bigquery/docs/clustered-tables */
const CLUSTER_TYPES = new Set(
  'STRING INTEGER NUMERIC BIGNUMERIC DATE DATETIME TIMESTAMP BOOLEAN GEOGRAPHY RANGE'.split(' '),
);
const MAX_CLUSTER_COLUMNS = 4;

/** What keeps BigQuery from making a table of these columns as the header of its transform says. */
export function findLayoutFaults(wanted: Wanted, columns: readonly Field[]): string[] {
  const { partitionBy: partition, clusterBy: cluster = [], uniqueKey: key } = wanted;
  return [
    ...unnamed(columns),
    ...key.flatMap((name) => absent('unique_key', name, columns)),
    ...(partition === undefined
      ? []
      : unfit('partition_by', partition, { columns, fit: PARTITION_TYPES })),
    ...cluster.flatMap((name) => unfit('cluster_by', name, { columns, fit: CLUSTER_TYPES })),
    ...(cluster.length > MAX_CLUSTER_COLUMNS
      ? [`cluster_by has ${cluster.length} columns, expected at most ${MAX_CLUSTER_COLUMNS}`]
      : []),
  ];
}

/** A column without a name is `$col1` to the analyzer, and `f0_` to BigQuery. */
function unnamed(columns: readonly Field[]): string[] {
  const names = columns.map(({ name = '' }) => name.toLowerCase());
  return columns.flatMap(({ name = '' }, index) => {
    if (/^\$|^f\d+_$/.test(name))
      return [`column ${index + 1} of the result has no name; add AS name`];
    const isSecond = names.indexOf(name.toLowerCase()) < index;
    return isSecond ? [`two columns of the result are named '${name}'`] : [];
  });
}

function absent(key: string, name: string, columns: readonly Field[]): string[] {
  const names = columns.map((column) => column.name);
  if (names.some((known) => known?.toLowerCase() === name.toLowerCase())) return [];
  return [`${key} names the column '${name}', expected one of ${names.join(', ')}`];
}

function unfit(
  key: string,
  name: string,
  { columns, fit }: { columns: readonly Field[]; fit: ReadonlySet<string> },
): string[] {
  const field = columns.find((column) => column.name?.toLowerCase() === name.toLowerCase());
  if (!field) return absent(key, name, columns);
  const { mode, type: element = '' } = field;
  const type = mode === 'REPEATED' ? `ARRAY of ${element}` : element;
  if (fit.has(type)) return [];
  return [`${key} names the column '${name}', which is ${type}, expected ${[...fit].join(', ')}`];
}
