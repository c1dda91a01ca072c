import { BigQueryError } from '../bigquery-error.ts';
import { showTable } from '../resource/reference.ts';
import type { TableReference } from '../resource/reference.ts';
import type { KeptTable } from '../resource/table.ts';
import type { JobDeps, RunningJob } from './running-job.ts';
import { writeDestination } from '../store/write-destination.ts';

interface CopyConfiguration {
  readonly sourceTable?: TableReference;
  readonly sourceTables?: readonly TableReference[];
  readonly destinationTable?: TableReference;
  readonly writeDisposition?: string;
  readonly createDisposition?: string;
  readonly operationType?: string;
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationTableCopy */
export async function runCopyJob({ store, now }: JobDeps, running: RunningJob): Promise<void> {
  const copy = running.job.configuration.copy as CopyConfiguration;
  const { sourceTable, destinationTable, operationType = 'COPY' } = copy;
  const references = copy.sourceTables ?? (sourceTable ? [sourceTable] : []);
  if (references.length === 0 || !destinationTable)
    throw new BigQueryError(
      'required',
      'Required parameter is missing: sourceTable and destinationTable',
    );
  if (operationType !== 'COPY')
    throw new BigQueryError(
      'notImplemented',
      `local-cloud does not model copies of the type ${operationType}.`,
    );
  const sources = references.map((reference) =>
    requireSource(store.tables.requireTable(reference)),
  );
  requireSameSchema(sources);
  const [first] = sources as [KeptTable];
  const transaction = store.begin();
  try {
    const rows = sources.flatMap((table) => transaction.read(table).map(({ content }) => content));
    const { timePartitioning, rangePartitioning, clustering } = first;
    const write = await writeDestination(store, {
      ...(timePartitioning ? { timePartitioning } : {}),
      ...(rangePartitioning ? { rangePartitioning } : {}),
      ...(clustering ? { clustering } : {}),
      reference: destinationTable,
      writeDisposition: copy.writeDisposition ?? 'WRITE_EMPTY',
      ...(copy.createDisposition ? { createDisposition: copy.createDisposition } : {}),
      fields: first.schema.fields,
      rows,
      now: now(),
    });
    const copiedLogicalBytes = String(rows.reduce((sum, row) => sum + row.length, 0));
    try {
      store.atomically(() => {
        write.apply();
        running.done({
          statistics: { copy: { copiedRows: String(rows.length), copiedLogicalBytes } },
        });
      });
    } finally {
      write.end();
    }
  } finally {
    transaction.end();
  }
}

function requireSource(table: KeptTable): KeptTable {
  if (table.type === 'TABLE') return table;
  throw new BigQueryError('invalid', `Cannot copy the view ${showTable(table.tableReference)}.`);
}

function requireSameSchema(tables: readonly KeptTable[]): void {
  const shapes = new Set(
    tables.map(({ schema }) =>
      JSON.stringify(schema.fields.map(({ name, type, mode }) => [name, type, mode])),
    ),
  );
  if (shapes.size > 1)
    throw new BigQueryError('invalid', 'Source tables of a copy must have the same schema.');
}
