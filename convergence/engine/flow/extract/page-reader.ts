/**
 * Reads pages of JSON in columns, so that no record becomes a JavaScript object: it answers what a
 * paginator must know about a page and writes the records that count to an NDJSON part.
 */
export interface PageReader {
  /**
   * One raw body to one part.
   * @throws source_not_json, source_selector_empty, cursor_value_missing
   */
  readPage(request: PageRequest): Promise<PageFacts>;
  /** Distinct values of fields over parts, for the parameters of child resources. */
  readFields(
    parts: readonly string[],
    fields: readonly string[],
  ): AsyncIterable<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

export interface PageRequest {
  /** Path of the raw body. */
  readonly body: string;
  /** Path of the NDJSON part to write; it is whole on disk when the promise resolves. */
  readonly target: string;
  /** JSONPath of the records; null: the list that the document holds is looked for. */
  readonly selector: string | null;
  /** JSONPaths of single values to report: next link, cursor, total … */
  readonly values: readonly string[];
  readonly cursor: CursorWindow | null;
  /** Fields to add to every record, as those included from a parent. */
  readonly constants: Readonly<Record<string, unknown>>;
}

export interface CursorWindow {
  readonly path: string;
  readonly start: string | number | null;
  readonly end: string | number | null;
  readonly rangeStart: 'open' | 'closed';
  readonly rangeEnd: 'open' | 'closed';
  readonly onMissing: 'raise' | 'include' | 'exclude';
}

export interface PageFacts {
  /** Records in the page, and of them those written to the part. */
  readonly rowsInPage: number;
  readonly rowsWritten: number;
  /** By the path asked; null where the document has nothing there. */
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
  /** Over all records of the page, before the window; null when there is none. */
  readonly cursorMin: string | number | null;
  readonly cursorMax: string | number | null;
  /** The path that was used. */
  readonly selector: string;
}
