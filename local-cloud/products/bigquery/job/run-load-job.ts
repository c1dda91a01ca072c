import { BigQueryError } from '../bigquery-error.ts';
import { loadFiles } from '../load/load-files.ts';
import type { LoadConfiguration } from '../load/load-configuration.ts';
import { showTable } from '../resource/reference.ts';
import type { TableReference } from '../resource/reference.ts';
import { readFields } from '../resource/schema.ts';
import { withSources } from '../load/sources.ts';
import type { JobDeps, RunningJob } from './running-job.ts';
import { layoutOf } from './run-query-job.ts';
import { writeDestination } from '../store/write-destination.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationLoad */
export async function runLoadJob(deps: JobDeps, running: RunningJob): Promise<void> {
  const { store, now } = deps;
  const { job, signal } = running;
  const load = job.configuration.load as LoadConfiguration;
  const reference = load.destinationTable as TableReference | undefined;
  if (!reference)
    throw new BigQueryError('required', 'Required parameter is missing: destinationTable');
  const table = store.tables.findTable(reference);
  const given = load.schema ? readFields(load.schema.fields) : null;
  const writeDisposition = load.writeDisposition ?? 'WRITE_APPEND';
  const wanted =
    given ?? (table && writeDisposition !== 'WRITE_TRUNCATE' ? table.schema.fields : null);
  const loaded = await withSources(deps, job, (files) =>
    loadFiles(deps.duckDb, load, { files, wanted }),
  );
  signal.throwIfAborted();
  const write = await writeDestination(store, {
    ...layoutOf(load),
    reference,
    writeDisposition,
    ...(load.createDisposition ? { createDisposition: load.createDisposition } : {}),
    ...(load.schemaUpdateOptions ? { schemaUpdateOptions: load.schemaUpdateOptions } : {}),
    fields: loaded.fields,
    rows: loaded.rows,
    now: now(),
  });
  const outputBytes = loaded.rows.reduce((sum, row) => sum + row.length, 0);
  const statistics = {
    load: {
      inputFiles: String(loaded.inputFiles),
      inputFileBytes: String(loaded.inputFileBytes),
      outputRows: String(loaded.rows.length),
      outputBytes: String(outputBytes),
      badRecords: String(loaded.badRecords),
    },
  };
  try {
    store.atomically(() => {
      write.apply();
      running.done({ statistics });
    });
  } catch (error) {
    if (error instanceof BigQueryError) throw error;
    throw new Error(`${showTable(reference)}: ${String(error)}`, { cause: error });
  } finally {
    write.end();
  }
}
