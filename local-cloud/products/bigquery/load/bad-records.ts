import { BigQueryError } from '../bigquery-error.ts';
import type { ErrorProto } from '../bigquery-error.ts';

const SHOWN = 5;

/** Rows that cannot be read, of which a load takes some (`maxBadRecords`). */
export class BadRecords {
  readonly #max: number;
  readonly #errors: ErrorProto[] = [];
  count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(message: string, { file, column }: { readonly file: string; readonly column: string }): void {
    this.count++;
    if (this.#errors.length >= SHOWN) return;
    const full = `Error while reading data, error message: ${message}${column === '' ? '' : ` Field: ${column};`} File: ${file}`;
    this.#errors.push({ reason: 'invalid', location: file, message: full });
  }

  /** @throws BigQueryError with the first ones */
  requireFew(): void {
    const [first] = this.#errors;
    if (!first || this.count <= this.#max) return;
    const summary = `Error while reading data, error message: too many errors, giving up. Rows: ${this.count}; errors: ${this.count}. Please look into the errors[] collection for more details.`;
    throw new BigQueryError('invalid', summary, {
      ...(first.location === undefined ? {} : { location: first.location }),
      errors: [{ ...first, message: summary }, ...this.#errors],
    });
  }
}
