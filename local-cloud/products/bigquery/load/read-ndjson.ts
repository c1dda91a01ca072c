import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { BigQueryError } from '../bigquery-error.ts';
import type { SchemaField } from '../resource/schema.ts';
import { ByteWriter } from '../value/byte-writer.ts';
import { parseJsonRow, ValueError } from '../value/parse-json-value.ts';
import { writeRow } from '../value/value.ts';
import { BadRecords } from './bad-records.ts';
import { inferJson } from './infer-json.ts';
import type { LoadConfiguration } from './load-configuration.ts';
import type { LoadedRows } from './read-parquet.ts';
import type { SourceFile } from './sources.ts';

/** One object a line, names without regard to case. */
export async function readNdjson(
  files: readonly SourceFile[],
  load: LoadConfiguration,
  wanted: readonly SchemaField[] | null,
): Promise<LoadedRows> {
  const fields = wanted ?? (await inferFrom(files, load));
  const bad = new BadRecords(load.maxBadRecords ?? 0);
  const writer = new ByteWriter();
  const rows: Buffer[] = [];
  for (const file of files) {
    for await (const { line, number } of linesOf(file)) {
      try {
        const ignoreUnknown = load.ignoreUnknownValues ?? false;
        writeRow(writer, fields, parseJsonRow(fields, asJson(line), { ignoreUnknown }));
        rows.push(writer.take());
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        const message = `JSON parsing error in row starting at position ${number}: ${error.message}`;
        bad.add(message, { file: file.name, column: error.location });
      }
    }
  }
  bad.requireFew();
  return { fields, rows, badRecords: bad.count };
}

async function inferFrom(
  files: readonly SourceFile[],
  load: LoadConfiguration,
): Promise<readonly SchemaField[]> {
  if (load.autodetect !== true)
    throw new BigQueryError('invalid', 'No schema specified on job or table.');
  const samples: unknown[] = [];
  for (const file of files) {
    for await (const { line } of linesOf(file)) {
      samples.push(asJson(line));
      if (samples.length >= SAMPLE_ROWS) return inferJson(samples);
    }
  }
  return inferJson(samples);
}

const SAMPLE_ROWS = 500;

function asJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    throw new ValueError(`Parser terminated before end of string: ${(error as Error).message}`, '');
  }
}

/** Without empty lines; the number is that of the first byte, as far as the text is ASCII. */
async function* linesOf({ path, name }: SourceFile) {
  const source = createReadStream(path);
  const input = name.endsWith('.gz') ? source.pipe(createGunzip()) : source;
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() !== '') yield { line, number };
    number += line.length + 1;
  }
}
