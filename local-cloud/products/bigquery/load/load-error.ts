import { BigQueryError } from '../bigquery-error.ts';

/** A file that cannot be loaded as it is wanted. */
export function readingError(message: string, file: string): BigQueryError {
  const full = `Error while reading data, error message: ${message} File: ${file}`;
  return new BigQueryError('invalid', full, { location: file });
}
