import { rm } from 'node:fs/promises';
import { DuckDBBlobVector, DuckDBInstance, JSDuckDBValueConverter } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { AppError } from 'base/error.ts';
import { fail } from '../../../engine/error-codes.ts';
import { chooseCursorKind } from '../../../engine/flow/extract/incremental-window.ts';
import { parseJsonPath } from '../../../engine/flow/extract/json-path.ts';
import type { JsonStep } from '../../../engine/flow/extract/json-path.ts';
import type {
  CursorValue,
  CursorWindow,
  JsonScalar,
  JsonType,
  Outline,
  PageBody,
  PageFacts,
  PageReader,
  PageRecords,
  PageRequest,
} from '../../../engine/flow/extract/page-reader.ts';
import type { CursorKind } from '../../../engine/flow/extract/incremental-window.ts';
import * as sql from './page-sql.ts';

/** Reads pages with a DuckDB of its own, in memory, apart from the warehouse of any tenant. */
export async function createPageReader(): Promise<PageReader> {
  const instance = await DuckDBInstance.create(':memory:', {
    // A page takes 2.9 ms with one thread and 4 ms with two; several pages run side by side anyway.
    threads: '1',
    memory_limit: '2GB',
  });
  const setup = await instance.connect();
  // Not among the options of create: the ICU extension is not loaded yet there.
  await setup.run("SET GLOBAL TimeZone = 'UTC'");
  setup.disconnectSync();
  // A connection costs 0.07 ms and has its own temporary tables.
  const onPage = async <T>(body: PageBody, read: (query: Query) => Promise<T>): Promise<T> => {
    const connection = await instance.connect();
    try {
      return await read(queryOn(connection));
    } catch (error) {
      throw await translateError(error, body, queryOn(connection));
    } finally {
      connection.disconnectSync();
    }
  };
  return {
    readOutline: (body) => onPage(body, (query) => readOutline(query, body)),
    readPage: (request) => onPage(request.body, (query) => readPage(query, request)),
    readFields: (parts, fields) => readFields(instance, parts, fields),
    close: async () => instance.closeSync(),
  };
}

/** Rows are facts of a page, never its records. */
type Query = (text: string) => Promise<readonly (readonly unknown[])[]>;

function queryOn(connection: DuckDBConnection): Query {
  return async (text) => {
    const result = await connection.run(text);
    const rows: unknown[][] = [];
    for (
      let chunk = await result.fetchChunk();
      chunk?.rowCount;
      chunk = await result.fetchChunk()
    ) {
      const columns = Array.from({ length: chunk.columnCount }, (_, index) =>
        columnOf(chunk, index),
      );
      for (let row = 0; row < chunk.rowCount; row++)
        rows.push(columns.map((column) => column[row]));
    }
    return rows;
  };
}

/** The usual way copies bytes: 300 pages met 6 collections of all garbage instead of 2. */
function columnOf(chunk: DuckDBDataChunk, index: number): readonly unknown[] {
  const vector = chunk.getColumnVector(index);
  if (!(vector instanceof DuckDBBlobVector)) {
    return chunk.convertColumnValues(index, JSDuckDBValueConverter);
  }
  return Array.from({ length: chunk.rowCount }, (_, row) => vector.getItemBytes(row));
}

async function readOutline(query: Query, body: PageBody): Promise<Outline> {
  const file = sql.fileOf(body.path);
  const [root] = await query(`SELECT json_type(content) FROM ${file}`);
  const members = await query(sql.selectMembers(file));
  return {
    root: jsonTypeOf(root?.[0]),
    members: members.map(([path, type, value]) => ({
      path: String(path),
      type: jsonTypeOf(type),
      value: scalarOf(value as string | null) ?? null,
    })),
  };
}

function jsonTypeOf(type: unknown): JsonType {
  if (type === 'OBJECT' || type === 'ARRAY' || type === 'BOOLEAN') {
    return type.toLowerCase() as JsonType;
  }
  if (type === 'VARCHAR') return 'string';
  return type === null || type === 'NULL' ? 'null' : 'number';
}

/** From here on a list is opened by way of a file. */
const LONG_LIST = 10_000;

async function readPage(query: Query, request: PageRequest): Promise<PageRecords> {
  const page = await readDocument(query, request);
  const cursor = await readCursor(query, request, page);
  return {
    rowsInPage: page.rows,
    rowsWritten: cursor
      ? await writeWindow(query, request, cursor.kind)
      : await writeAll(query, request, page),
    lines: page.lines,
    digest: page.digest,
    values: page.values,
    cursorMin: cursor?.min ?? null,
    cursorMax: cursor?.max ?? null,
    atCursorMax: cursor?.atMax ?? [],
  };
}

interface PageDocument {
  /** SQL of the list of records. */
  readonly records: string;
  readonly rows: number;
  readonly lines: Uint8Array | null;
  readonly digest: string;
  readonly values: PageFacts['values'];
}

async function readDocument(query: Query, request: PageRequest): Promise<PageDocument> {
  const selector = parseJsonPath(request.selector);
  const wild = selector.findIndex((step) => 'every' in step);
  const stem = sql.quote(sql.renderPath(wild < 0 ? selector : selector.slice(0, wild)));
  const paths = request.values.map((path) => sql.quote(sql.renderPath(parseJsonPath(path))));
  const list = wild < 0 ? sql.listOf(selector) : sql.matchesOf(selector);
  const constants = request.cursor ? null : request.constants;
  const columns = { stem, list, paths, constants };
  const [row = []] = await query(sql.selectPage(sql.fileOf(request.body.path), columns));
  const [type, length, digest, values, lines] = row as PageRow;
  const isRecord = type === 'OBJECT' && wild < 0;
  return {
    records: recordsOf(type, selector, request),
    rows: isRecord ? 1 : Number(length),
    lines: isRecord ? null : lines,
    digest: String(digest),
    values: Object.fromEntries(request.values.map((path, i) => [path, valueOf(path, values[i])])),
  };
}

type PageRow = [
  type: string | null,
  length: bigint,
  digest: bigint,
  values: readonly (string | null)[],
  lines: Uint8Array | null,
];

/** SQL of the list of records. */
function recordsOf(
  type: string | null,
  selector: readonly JsonStep[],
  request: PageRequest,
): string {
  if ((type === null && request.selectorProven) || type === 'NULL') return 'CAST([] AS VARCHAR[])';
  const container = type === 'ARRAY' || type === 'OBJECT';
  if (container && selector.some((step) => 'every' in step)) return sql.matchesOf(selector);
  if (type === 'ARRAY') return sql.listOf(selector);
  if (type === 'OBJECT') return sql.recordOf(selector);
  const found = type === null ? 'nothing' : `a ${jsonTypeOf(type)}`;
  throw fail(
    'source_selector_empty',
    `The data_selector '${request.selector}' finds ${found} in the response of ${request.body.label}`,
    { hint: 'It should find a list of records or one record. Look at a response of the source.' },
  );
}

function valueOf(path: string, json: string | null | undefined): JsonScalar {
  const value = scalarOf(json ?? null);
  if (value !== undefined) return value;
  throw fail('source_paging_broken', `At '${path}' the response has an object or list, no value`, {
    hint: 'Check the paths of the paginator against a response of the source.',
  });
}

/** Integers that JavaScript would round stay texts; undefined for objects and lists. */
function scalarOf(json: string | null): JsonScalar | undefined {
  if (json === null) return null;
  if (json.startsWith('{') || json.startsWith('[')) return undefined;
  if (/^-?\d+$/.test(json) && !Number.isSafeInteger(Number(json))) return json;
  return JSON.parse(json) as JsonScalar;
}

interface PageCursor {
  readonly kind: CursorKind;
  readonly min: CursorValue | null;
  readonly max: CursorValue | null;
  readonly atMax: readonly string[];
}

/** In the order of CURSOR_FACTS. */
const KINDS: readonly CursorKind[] = ['number', 'time', 'text'];

async function readCursor(
  query: Query,
  request: PageRequest,
  page: PageDocument,
): Promise<PageCursor | null> {
  const { cursor: window, body } = request;
  if (!window) return null;
  const path = sql.renderPath(parseJsonPath(window.path));
  await query(sql.createRecords(await rowsOf(query, request, page), path));
  await rm(longListPath(request), { force: true });
  const [facts = []] = await query(sql.CURSOR_FACTS);
  const [all = 0, present = 0, numbers = 0, times = 0] = facts.slice(0, 4).map(Number);
  const kind = chooseCursorKind(window, { present, numbers, times });
  const range = facts[4 + KINDS.indexOf(kind)] as readonly (string | null)[];
  const [min = null, max = null, usable] = range;
  const missing = all - Number(usable);
  if (missing > 0 && window.onMissing === 'raise') {
    const [[example] = []] = await query(sql.selectUnusable(kind));
    throw missingCursor(window, { missing, all, example: String(example), kind }, body);
  }
  const atMax = max === null ? [] : await query(sql.selectAtMax(kind));
  return {
    kind,
    min: cursorOf(min, kind),
    max: cursorOf(max, kind),
    atMax: atMax.map(([digest]) => String(digest)),
  };
}

function cursorOf(text: string | null, kind: CursorKind): CursorValue | null {
  if (text === null || kind !== 'number') return text;
  const value = Number(text);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value;
}

function missingCursor(
  window: CursorWindow,
  found: { missing: number; all: number; example: string; kind: CursorKind },
  body: PageBody,
) {
  const expected = found.kind === 'text' ? 'value' : found.kind;
  return fail(
    'cursor_value_missing',
    `${found.missing} of ${found.all} records from ${body.label} have no ${expected} at the cursor_path '${window.path}', but for example ${found.example.slice(0, 100)}`,
    { hint: "Correct 'cursor_path', or set on_cursor_value_missing to include or exclude them." },
  );
}

function longListPath(request: PageRequest): string {
  return `${request.target}.all`;
}

/** SQL of the records as rows. */
async function rowsOf(query: Query, request: PageRequest, page: PageDocument): Promise<string> {
  const file = sql.fileOf(request.body.path);
  if (page.rows < LONG_LIST) return sql.openList(page.records, file);
  const lines = longListPath(request);
  await query(sql.copyLines(sql.joinLines(page.records, 'r', file), lines));
  return sql.readLines(lines);
}

async function writeWindow(query: Query, request: PageRequest, kind: CursorKind): Promise<number> {
  if (!request.cursor) return 0;
  const condition = sql.windowCondition(kind, request.cursor);
  const line = sql.lineOf(request.constants);
  const lines = `SELECT ${line} FROM page_record WHERE r <> 'null' AND ${condition}`;
  const [written] = await query(sql.copyLines(lines, request.target));
  return Number(written?.[0]);
}

async function writeAll(query: Query, request: PageRequest, page: PageDocument): Promise<number> {
  if (page.lines) return page.rows;
  const file = sql.fileOf(request.body.path);
  const records = sql.presentOf(page.records);
  const [[present] = []] = await query(`SELECT len(${records}) FROM ${file}`);
  const lines = sql.joinLines(records, sql.lineOf(request.constants), file);
  // No line at all, not an empty one.
  const some = present === 0n ? `${lines} WHERE false` : lines;
  await query(sql.copyLines(some, request.target));
  return Number(present);
}

async function* readFields(
  instance: DuckDBInstance,
  parts: readonly string[],
  fields: readonly string[],
): AsyncIterable<Readonly<Record<string, JsonScalar>>> {
  if (parts.length === 0) return;
  const paths = fields.map((field) => sql.quote(sql.renderPath(parseJsonPath(field))));
  const connection = await instance.connect();
  try {
    const result = await connection.stream(`
      SELECT DISTINCT json_extract(json, [${paths.join(', ')}]) AS found
      FROM read_ndjson_objects([${parts.map(sql.quote).join(', ')}]) ORDER BY found`);
    for await (const rows of result.yieldRowsJs()) {
      for (const [found] of rows) {
        const texts = found as readonly (string | null)[];
        yield Object.fromEntries(
          fields.map((field, i) => [field, scalarOf(texts[i] ?? null) ?? null]),
        );
      }
    }
  } finally {
    connection.disconnectSync();
  }
}

async function translateError(error: unknown, body: PageBody, query: Query): Promise<unknown> {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { message } = error;
  if (/No space left/i.test(message)) {
    return fail('disk_full', 'No space is left for the parts of the source', { cause: error });
  }
  if (/out of memory/i.test(message)) {
    return fail('memory_exceeded', `One page from ${body.label} needs too much memory`, {
      hint: 'Ask the source for fewer records in one page.',
      cause: error,
    });
  }
  const problem = /Malformed JSON[^.]*|valid UTF-?8|not valid UTF/i.exec(message)?.[0];
  if (problem === undefined) return error;
  const excerpt = await readExcerpt(body, query);
  return fail(
    'source_not_json',
    `The response of ${body.label} is not JSON (${problem}): ${excerpt}`,
    {
      hint: 'Check the path and headers of the endpoint: the source may answer with a page for people.',
      cause: error,
    },
  );
}

async function readExcerpt(body: PageBody, query: Query): Promise<string> {
  try {
    const file = `read_blob(${sql.quote(body.path)})`;
    const [row = []] = await query(`SELECT decode(CAST(content[:200] AS BLOB)) FROM ${file}`);
    return row[0] as string;
  } catch {
    return 'it is no text either';
  }
}
