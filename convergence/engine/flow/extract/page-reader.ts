import type { Paginator } from '../../pipeline/spec/rest-client-spec.ts';
import type { ResponseHeaders } from './read-response.ts';

/**
 * Reads pages of JSON in columns, so that no record becomes a JavaScript object: it answers what a
 * paginator must know about a page and writes the records that count to NDJSON.
 */
export interface PageReader {
  /**
   * What the document holds outside of its lists, for finding records and next pages in it.
   * @throws source_not_json
   */
  readOutline(body: PageBody): Promise<Outline>;
  /**
   * One raw body to NDJSON: one line a record.
   * @throws source_not_json, source_selector_empty, source_paging_broken, cursor_value_missing
   */
  readPage(request: PageRequest): Promise<PageRecords>;
  /**
   * Distinct values of fields over NDJSON files, for the parameters of child resources; null where
   * there is no single value. Always in
   * the same order for the same files: a resumed extraction counts on it.
   */
  readFields(
    parts: readonly string[],
    fields: readonly string[],
  ): AsyncIterable<Readonly<Record<string, JsonScalar>>>;
  close(): Promise<void>;
}

export interface PageBody {
  /** Path of the raw body. */
  readonly path: string;
  /** What errors call it: method, URL without secrets, status. */
  readonly label: string;
}

export interface Outline {
  readonly root: JsonType;
  /** Of the objects in the document, the lists left closed; at most 4 levels deep. */
  readonly members: readonly OutlineMember[];
}

export interface OutlineMember {
  /** JSONPath from the root, as `$.paging.next`. */
  readonly path: string;
  readonly type: JsonType;
  readonly value: JsonScalar;
}

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** Integers beyond 2^53 are strings. */
export type JsonScalar = string | number | boolean | null;

export interface PageRequest {
  readonly body: PageBody;
  /** Where the lines go when they are not answered; the file is whole when the promise resolves. */
  readonly target: string;
  /** JSONPath of the records. */
  readonly selector: string;
  /** The selector was right before, so that a page without it is an empty page and no mistake. */
  readonly selectorProven: boolean;
  /** JSONPaths of single values to report: next link, cursor, total … */
  readonly values: readonly string[];
  readonly cursor: CursorWindow | null;
  /** Fields to add to every record, as those included from a parent. */
  readonly constants: Readonly<Record<string, JsonScalar>>;
}

export type CursorValue = string | number;

export interface CursorWindow {
  readonly path: string;
  readonly start: CursorValue | null;
  readonly end: CursorValue | null;
  readonly rangeStart: 'open' | 'closed';
  readonly rangeEnd: 'open' | 'closed';
  readonly onMissing: 'raise' | 'include' | 'exclude';
  /** Digests of records at `start` that an earlier load took. */
  readonly seen: readonly string[];
}

export interface PageFacts {
  /** Records in the page, and of them those written to the target. */
  readonly rowsInPage: number;
  readonly rowsWritten: number;
  /** Of the whole document; equal for equal pages. */
  readonly digest: string;
  /** By the path asked; null where the document has nothing there. */
  readonly values: Readonly<Record<string, JsonScalar>>;
  /** Over all records of the page, before the window, as the source wrote them; null when none. */
  readonly cursorMin: CursorValue | null;
  readonly cursorMax: CursorValue | null;
  /** Digests of the records whose cursor is `cursorMax`. */
  readonly atCursorMax: readonly string[];
}

export interface PageRecords extends PageFacts {
  /** The lines of a small page, so that they need no file of their own; null: in the target. */
  readonly lines: Uint8Array | null;
}

export type KnownPaginator = Exclude<Paginator, { type: 'auto' }>;

/** Where a walk over pages stands; JSON, because it is kept in the checkpoint. */
export interface PageStep {
  /** From 0. */
  readonly index: number;
  /** One of them from the second page on: absolute URL, cursor, or offset or page number. */
  readonly url?: string;
  readonly cursor?: string;
  readonly position?: number;
}

export interface PageReport {
  /** Of the request that was answered. */
  readonly url: string;
  readonly headers: ResponseHeaders;
  readonly values: Readonly<Record<string, JsonScalar>>;
  readonly rows: number;
}

/** What a page changes in the request of its resource. Body paths are dotted. */
export interface StepChanges {
  readonly url?: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string | number>>;
}
