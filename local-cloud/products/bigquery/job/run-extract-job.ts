import { BigQueryError } from '../bigquery-error.ts';
import { writeExtract } from '../extract/write-extract.ts';
import type { ExtractOptions } from '../extract/write-extract.ts';
import { parseUri } from '../load/sources.ts';
import { showTable } from '../resource/reference.ts';
import type { TableReference } from '../resource/reference.ts';
import type { JobDeps, RunningJob } from './running-job.ts';

interface ExtractConfiguration {
  readonly sourceTable?: TableReference;
  readonly destinationUri?: string;
  readonly destinationUris?: readonly string[];
  readonly destinationFormat?: string;
  readonly compression?: string;
  readonly fieldDelimiter?: string;
  readonly printHeader?: boolean;
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationExtract: one file. */
export async function runExtractJob(deps: JobDeps, running: RunningJob): Promise<void> {
  const { store, objects, duckDb } = deps;
  const extract = running.job.configuration.extract as ExtractConfiguration;
  const { sourceTable, destinationUri, destinationUris = [] } = extract;
  const uris = destinationUri === undefined ? destinationUris : [destinationUri];
  const [uri, ...more] = uris;
  if (!sourceTable || uri === undefined)
    throw new BigQueryError(
      'required',
      'Required parameter is missing: sourceTable and destinationUris',
    );
  if (more.length > 0)
    throw new BigQueryError('notImplemented', 'local-cloud extracts to one destination URI.');
  const table = store.tables.requireTable(sourceTable);
  if (table.type === 'VIEW')
    throw new BigQueryError('invalid', `Cannot extract the view ${showTable(sourceTable)}.`);
  const { bucket, name } = parseUri(uri);
  const transaction = store.begin();
  try {
    const contents = transaction.read(table).map(({ content }) => content);
    const content = writeExtract(
      duckDb,
      { fields: table.schema.fields, contents },
      readOptions(extract),
    );
    const facts = await objects.contents.write(content);
    running.signal.throwIfAborted();
    putObject(deps, { bucket, name: name.replace('*', '000000000000') }, facts);
    const inputBytes = String(contents.reduce((sum, row) => sum + row.length, 0));
    const statistics = { extract: { destinationUriFileCounts: ['1'], inputBytes } };
    store.atomically(() => running.done({ statistics }));
  } finally {
    transaction.end();
  }
}

function putObject(
  { objects }: JobDeps,
  place: { readonly bucket: string; readonly name: string },
  content: Awaited<ReturnType<JobDeps['objects']['contents']['write']>>,
): void {
  try {
    objects.put({ ...place, fields: {}, content, expected: {} }, {});
  } catch (error) {
    objects.contents.remove(content.id);
    throw new BigQueryError('notFound', `gs://${place.bucket}: ${(error as Error).message}`);
  }
}

function readOptions(extract: ExtractConfiguration): ExtractOptions {
  const { destinationFormat: format = 'CSV', compression = 'NONE', printHeader = true } = extract;
  const { fieldDelimiter = ',' } = extract;
  if (format !== 'CSV' && format !== 'NEWLINE_DELIMITED_JSON' && format !== 'PARQUET')
    throw new BigQueryError(
      'notImplemented',
      `local-cloud does not extract to the format ${format}.`,
    );
  const delimiter = /^(\\t|tab)$/.test(fieldDelimiter) ? '\t' : fieldDelimiter;
  return { format, compression, printHeader, delimiter };
}
