import { AppError } from 'base/error.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { StageRequest } from '../../../engine/flow/warehouse.ts';
import type { Part } from '../../../engine/flow/part.ts';

/** What a query says of a row that the types by a sample do not fit. */
export const OUTGROWN = 'the sample was not like the rest';

const WRONG_TYPE =
  /Conversion Error|Error when converting column|JSON transform error|Error when sniffing/;
const NOT_OF_TYPES = /has duplicate key/;

/** Whether a row did not fit what a sample suggested; false for parts that no types would fit. */
export function isOutgrown(error: unknown): boolean {
  if (error instanceof AppError || !(error instanceof Error)) return false;
  if (error.message.includes(OUTGROWN)) return true;
  return WRONG_TYPE.test(error.message) && !NOT_OF_TYPES.test(error.message);
}

/** Messages of DuckDB's readers: what is wrong is in the first group. */
const UNREADABLE: readonly RegExp[] = [
  /(Malformed JSON)/,
  /JSON transform error in file .*?, (in line \d+: .*)/,
  /(CSV Error on Line: \d+)/,
  /Error when (sniffing) file/,
  /(No magic bytes found)/,
  /(Failed to read Parquet file|Invalid Parquet|Corrupt(?:ed)? )/i,
  /(GZIP|gzip|zstd|ZSTD)/,
  /(Invalid unicode|invalid UTF-8|not utf-8 encoded)/i,
  /(maximum_object_size)/,
];

/** Errors while parts were read, with the label of the part instead of its path on the server. */
export function readingError(error: unknown, { parts, table }: StageRequest): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const part = parts.find(({ path }) => error.message.includes(path));
  const message = withoutPaths(error.message, parts);
  if (part || UNREADABLE.some((pattern) => pattern.test(message))) {
    const label = part?.label ?? parts[0]?.label ?? 'a part';
    return fail(
      'file_unreadable',
      `${label} cannot be read as ${part?.format ?? 'data'}: ${message}`,
      {
        hint: hintFor(message, part?.format),
        details: { file: label },
        cause: error,
      },
    );
  }
  if (!/Conversion Error|Invalid Input Error/.test(error.message)) return error;
  return fail('type_conflict', `a value does not fit its column in table '${table}': ${message}`, {
    hint: 'Declare a wider type, or set schema_contract.data_type to discard_row.',
    details: { table },
    cause: error,
  });
}

function hintFor(message: string, format: Part['format'] | undefined): string {
  if (format === 'csv' && /unicode|utf-8/i.test(message)) {
    return 'Save the file as UTF-8, or set csv.encoding in the source, as latin-1.';
  }
  return 'Mend the file, or set format, compression and csv options in the source.';
}

/** The first lines of a message, without advice about options that the user does not have. */
function withoutPaths(message: string, parts: readonly Part[]): string {
  let text = message.replace(/^(?:Error: )?[A-Z][\w ]* Error: /, '');
  for (const { path, label } of parts) text = text.replaceAll(path, label);
  return (
    text
      .split(/\n\s*(?:Possible fixes|Try |LINE \d|The search space|\n)/)[0]
      ?.replaceAll(/\s*\n\s*/g, '; ')
      .slice(0, 400)
      .trim() ?? ''
  );
}
