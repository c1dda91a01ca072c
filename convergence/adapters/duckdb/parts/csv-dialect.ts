import type { DuckDBConnection } from '@duckdb/node-api';
import type { CsvOptions, Part } from '../../../engine/flow/part.ts';
import { literal, readRows, runSql } from '../run-sql.ts';

/** In the order in which they win a tie. */
const DELIMITERS = [',', ';', '\t', '|'];

/**
 * Options of `read_csv` for one file. Everything but types is settled here, because DuckDB's own
 * sniffer skips lines, and even takes another delimiter, when a row has too many fields.
 */
export async function csvDialect(connection: DuckDBConnection, part: Part): Promise<string> {
  const csv = part.csv ?? {};
  const delimiter = csv.delimiter ?? chooseDelimiter(await firstLine(connection, part));
  const options: Record<string, string> = {
    delim: literal(delimiter),
    quote: literal(csv.quote ?? '"'),
    escape: literal(csv.quote ?? '"'),
    header: String(csv.header ?? true),
    skip: String(csv.skip ?? 0),
    comment: "''",
    ...valueOptions(csv),
  };
  return Object.entries(options)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

function valueOptions(csv: CsvOptions): Record<string, string> {
  return {
    ...(csv.nullValues && { nullstr: `[${['', ...csv.nullValues].map(literal).join(', ')}]` }),
    ...(csv.dateFormat && { dateformat: literal(csv.dateFormat) }),
    ...(csv.timestampFormat && { timestampformat: literal(csv.timestampFormat) }),
    ...(csv.decimalSeparator && { decimal_separator: literal(csv.decimalSeparator) }),
    ...(csv.encoding && { encoding: literal(csv.encoding) }),
  };
}

/**
 * Reads files as the dialect has them, every column as text, so that the error of DuckDB names the
 * line that does not fit; its sniffer only says that there is one.
 */
export async function readStrictly(
  connection: DuckDBConnection,
  parts: readonly Part[],
): Promise<void> {
  for (const part of parts) {
    const line = await firstLine(connection, part);
    const delimiter = part.csv?.delimiter ?? chooseDelimiter(line);
    const columns = withoutQuoted(line)
      .split(delimiter)
      .map((_, index) => `'c${index}': 'VARCHAR'`);
    const options = `${await csvDialect(connection, part)}, ${compressionOption(part)}`;
    await runSql(
      connection,
      `SELECT count(*) FROM read_csv(${literal(part.path)}, ${options}, auto_detect = false,
         columns = {${columns.join(', ')}})`,
    );
  }
}

function withoutQuoted(line: string): string {
  return line.replace(/"(?:[^"]|"")*"/g, '');
}

/** The one that the first line holds most often outside of quotes; a comma when it holds none. */
function chooseDelimiter(line: string): string {
  const bare = withoutQuoted(line);
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

async function firstLine(connection: DuckDBConnection, part: Part): Promise<string> {
  // A unit separator is in no text file, so the whole line is one field.
  const rows = await readRows<{ line: string | null }>(
    connection,
    `SELECT line FROM read_csv(${literal(part.path)}, auto_detect = false, header = false,
       columns = {'line': 'VARCHAR'}, delim = '\u001f', quote = '', escape = '',
       ${compressionOption(part)}, skip = ${part.csv?.skip ?? 0}
       ${part.csv?.encoding ? `, encoding = ${literal(part.csv.encoding)}` : ''}) LIMIT 1`,
  );
  return rows[0]?.line ?? '';
}

export function compressionOption({ compression }: Part): string {
  return `compression = '${compression === 'none' ? 'uncompressed' : compression}'`;
}
