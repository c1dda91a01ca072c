import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { BigQueryError } from '../bigquery-error.ts';
import type { SchemaField } from '../resource/schema.ts';
import { ByteWriter } from '../value/byte-writer.ts';
import { parseJsonValue, ValueError } from '../value/parse-json-value.ts';
import { writeRow } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { BadRecords } from './bad-records.ts';
import { inferType } from './infer-json.ts';
import type { LoadConfiguration } from './load-configuration.ts';
import type { LoadedRows } from './read-parquet.ts';
import type { SourceFile } from './sources.ts';
import { splitCsv } from './split-csv.ts';
import type { Cell } from './split-csv.ts';

/** Columns by their place; with autodetection, the first row has their names. */
export async function readCsv(
  files: readonly SourceFile[],
  load: LoadConfiguration,
  wanted: readonly SchemaField[] | null,
): Promise<LoadedRows> {
  const all = await Promise.all(
    files.map(async (file) => ({ file, lines: await recordsOf(file, load) })),
  );
  const fields = wanted ?? inferColumns(all[0]?.lines ?? [], load);
  const skip = Number(load.skipLeadingRows ?? (wanted === null ? 1 : 0));
  const bad = new BadRecords(load.maxBadRecords ?? 0);
  const writer = new ByteWriter();
  const rows: Buffer[] = [];
  for (const { file, lines } of all) {
    for (const [index, cells] of lines.slice(skip).entries()) {
      try {
        writeRow(writer, fields, readCells(cells, fields, load));
        rows.push(writer.take());
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        bad.add(
          `CSV processing encountered too many errors, giving up. Row ${skip + index + 1}: ${error.message};`,
          {
            file: file.name,
            column: error.location,
          },
        );
      }
    }
  }
  bad.requireFew();
  return { fields, rows, badRecords: bad.count };
}

function readCells(
  cells: readonly Cell[],
  fields: readonly SchemaField[],
  load: LoadConfiguration,
): Value[] {
  const { nullMarker = '', allowJaggedRows = false, ignoreUnknownValues = false } = load;
  if (cells.length > fields.length && !ignoreUnknownValues)
    throw new ValueError(
      `Too many values in row: expected ${fields.length}, found ${cells.length}`,
      '',
    );
  if (cells.length < fields.length && !allowJaggedRows)
    throw new ValueError(
      `CSV table references column position ${cells.length}, but line contains only ${cells.length} columns.`,
      '',
    );
  return fields.map((field, at) => {
    const cell = cells[at];
    // An empty cell is a null of all types but STRING, where it is an empty text.
    const isNull =
      !cell ||
      (!cell.isQuoted &&
        cell.text === nullMarker &&
        !(nullMarker === '' && field.type === 'STRING'));
    const isEmpty = cell?.text === '' && field.type !== 'STRING';
    return parseJsonValue(field, isNull || isEmpty ? null : cell.text, {
      path: field.name,
      ignoreUnknown: false,
    });
  });
}

function inferColumns(
  records: readonly (readonly Cell[])[],
  load: LoadConfiguration,
): SchemaField[] {
  if (load.autodetect !== true)
    throw new BigQueryError('invalid', 'No schema specified on job or table.');
  const [head = [], ...rows] = records;
  return head.map(({ text }, at) => ({
    name: text.trim().replace(/[^\p{L}\p{N}_]/gu, '_') || `string_field_${at}`,
    type: inferType(rows.slice(0, 500).flatMap((row) => row[at]?.text || [])),
    mode: 'NULLABLE',
  }));
}

async function recordsOf({ path, name }: SourceFile, load: LoadConfiguration): Promise<Cell[][]> {
  const source = createReadStream(path);
  const input = name.endsWith('.gz') ? source.pipe(createGunzip()) : source;
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(chunk as Buffer);
  const delimiter =
    load.fieldDelimiter === '\\t' || load.fieldDelimiter === 'tab'
      ? '\t'
      : (load.fieldDelimiter ?? ',');
  return splitCsv(Buffer.concat(chunks).toString(), { delimiter, quote: load.quote ?? '"' });
}
