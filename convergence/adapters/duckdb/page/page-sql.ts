import type { CursorKind } from '../../../engine/flow/extract/incremental-window.ts';
import type { JsonStep } from '../../../engine/flow/extract/json-path.ts';
import type { CursorValue, CursorWindow } from '../../../engine/flow/extract/page-reader.ts';

export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** DuckDB's JSON path; negative indexes count from the end. */
export function renderPath(steps: readonly JsonStep[]): string {
  return `$${steps.map(renderStep).join('')}`;
}

function renderStep(step: JsonStep): string {
  if ('key' in step) return `."${step.key.replaceAll(/["\\]/g, '\\$&')}"`;
  if ('index' in step) return step.index < 0 ? `[#${step.index}]` : `[${step.index}]`;
  return step.every === 'item' ? '[*]' : '.*';
}

/** The end of the path of `entry`, a row of json_each; its own `fullkey` quotes nothing. */
const MEMBER_PATH = `CASE WHEN regexp_full_match(entry.key, '\\w+') THEN '.' || entry.key
  ELSE '."' || regexp_replace(entry.key, '(["\\\\])', '\\\\\\1', 'g') || '"' END`;

/** The file as one row with the column `content`. */
export function fileOf(path: string): string {
  return `read_text(${quote(path)})`;
}

const OUTLINE_DEPTH = 4;
/** One wide record must not become thousands of members. */
const OUTLINE_MEMBERS = 2000;

/** Path, type and value of what the objects of a document hold, in the order of the document. */
export function selectMembers(file: string): string {
  return `WITH RECURSIVE member AS (
      SELECT '$' || ${MEMBER_PATH} AS path, entry.type, entry.value, 1 AS depth, [entry.id] AS place
      FROM ${file}, json_each(content) AS entry WHERE json_type(content) = 'OBJECT'
      UNION ALL
      SELECT member.path || ${MEMBER_PATH}, entry.type, entry.value, depth + 1, place || [entry.id]
      FROM member, json_each(member.value) AS entry
      WHERE member.type = 'OBJECT' AND depth < ${OUTLINE_DEPTH}
    )
    SELECT path, type, CASE WHEN type IN ('OBJECT', 'ARRAY') THEN NULL ELSE value END
    FROM member ORDER BY place LIMIT ${OUTLINE_MEMBERS}`;
}

/** The matches of a path with wildcards as a list of JSON; lists among them are opened. */
export function matchesOf(selector: readonly JsonStep[]): string {
  const matches = texts(`json_extract(content, ${quote(renderPath(selector))})`);
  return `flatten(list_transform(${matches}, lambda m: CASE WHEN m[1] = '[' THEN ${texts("json_extract(m, '$[*]')")} ELSE [m] END))`;
}

export function listOf(selector: readonly JsonStep[]): string {
  return texts(`json_extract(content, ${quote(renderPath([...selector, { every: 'item' }]))})`);
}

export function recordOf(selector: readonly JsonStep[]): string {
  return texts(`[json_extract(content, ${quote(renderPath(selector))})]`);
}

/** Compared with a value of type JSON, a text would be parsed. */
function texts(list: string): string {
  return `CAST(${list} AS VARCHAR[])`;
}

/**
 * One record as one line: null is no record, a scalar or list becomes the field `value`, as in dlt.
 * DuckDB prints extracted JSON in one line, so a first character tells what it is.
 */
export function lineOf(constants: Readonly<Record<string, unknown>>): string {
  const line = `CASE WHEN r[1] = '{' THEN r ELSE '{"value":' || r || '}' END`;
  if (Object.keys(constants).length === 0) return line;
  return `CAST(json_merge_patch(${line}, ${quote(JSON.stringify(constants))}) AS VARCHAR)`;
}

/** The records that are not null. */
export function presentOf(records: string): string {
  return `list_filter(${records}, lambda r: r <> 'null')`;
}

/**
 * All lines as one text. Opening a list as rows takes time that grows with its square: 16 s for
 * 235,000 records, against 1 s this way.
 */
export function joinLines(records: string, line: string, file: string): string {
  return `SELECT array_to_string(list_transform(${records}, lambda r: ${line}), chr(10)) FROM ${file}`;
}

export function openList(records: string, file: string): string {
  return `SELECT unnest(${records}) AS r FROM ${file}`;
}

export function readLines(path: string): string {
  return `SELECT CAST(json AS VARCHAR) AS r FROM read_ndjson_objects(${quote(path)})`;
}

/**
 * A CSV of one column without quotes is NDJSON. The delimiter cannot occur: JSON escapes control
 * characters.
 */
export function copyLines(select: string, target: string): string {
  return `COPY (${select}) TO ${quote(target)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER e'\\x01')`;
}

/** Lines up to here may pass through memory; several pages are read side by side. */
const SMALL_PAGE_BYTES = 4_000_000;

/**
 * Type at the stem, length of the list, digest, values at the paths, and the lines, when they are
 * wanted, of a small page of objects: one statement, and no file, for what took two and a file.
 */
export function selectPage(file: string, page: PageColumns): string {
  return `SELECT type, len(records), digest, found, ${page.constants ? linesOf(page.constants) : 'NULL'}
    FROM (
      SELECT content, hash(content) AS digest, json_type(content, ${page.stem}) AS type,
        ${page.list} AS records,
        ${page.paths.length === 0 ? '[]' : `json_extract(content, [${page.paths.join(', ')}])`} AS found
      FROM ${file})`;
}

export interface PageColumns {
  readonly stem: string;
  readonly list: string;
  readonly paths: readonly string[];
  /** For each line; null when no lines are wanted. */
  readonly constants: Readonly<Record<string, unknown>> | null;
}

function linesOf(constants: Readonly<Record<string, unknown>>): string {
  const bare = Object.keys(constants).length === 0;
  const lines = bare ? 'records' : `list_transform(records, lambda r: ${lineOf(constants)})`;
  return `CASE WHEN strlen(content) <= ${SMALL_PAGE_BYTES}
      AND len(list_filter(records, lambda r: NOT starts_with(r, '{'))) = 0
    THEN encode(array_to_string(${lines}, chr(10)) || CASE WHEN len(records) > 0 THEN chr(10) ELSE '' END)
    END`;
}

const keys = { number: 'as_number', time: 'as_time', text: 'c' } as const;

/**
 * `page_record`: the records of a page (r) with their cursor as text (c), number and moment.
 * A cast is tried only on what looks right: 1,000 failing casts take 7 ms.
 */
export function createRecords(rows: string, cursorPath: string): string {
  return `CREATE TEMP TABLE page_record AS
    SELECT r, c, j[1] <> '"' AND as_number IS NOT NULL AS is_number, as_number, as_time
    FROM (
      SELECT r, j, c,
        CASE WHEN regexp_full_match(c, '-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?')
          -- 38 digits hold every integer of 64 bits exactly, beside nine decimals.
          THEN try_cast(c AS DECIMAL(38, 9)) END AS as_number,
        CASE WHEN c LIKE '____-__-__%' THEN try_cast(c AS TIMESTAMPTZ) END AS as_time
      FROM (SELECT r, j, CASE WHEN j[1] = '"' THEN j ->> '$' WHEN j <> 'null' THEN j END AS c
        FROM (SELECT r, CAST(json_extract(r, ${quote(cursorPath)}) AS VARCHAR) AS j
          FROM (${rows}))))`;
}

/** How many there are of each kind, then least, greatest and count as numbers, times and texts. */
export const CURSOR_FACTS = `SELECT count(*), count(c), count(*) FILTER (is_number), count(as_time),
  ${Object.values(keys)
    .map((key) => `[arg_min(c, ${key}), arg_max(c, ${key}), CAST(count(${key}) AS VARCHAR)]`)
    .join(', ')}
  FROM page_record`;

export function selectAtMax(kind: CursorKind): string {
  const key = keys[kind];
  return `SELECT md5(r) FROM page_record WHERE ${key} = (SELECT max(${key}) FROM page_record)`;
}

export function selectUnusable(kind: CursorKind): string {
  return `SELECT coalesce(c, 'null') FROM page_record WHERE ${keys[kind]} IS NULL LIMIT 1`;
}

export function windowCondition(kind: CursorKind, window: CursorWindow): string {
  const key = keys[kind];
  const bound = (value: CursorValue) => boundOf(kind, value);
  const parts: string[] = [];
  if (window.start !== null) {
    parts.push(`${key} ${window.rangeStart === 'closed' ? '>=' : '>'} ${bound(window.start)}`);
  }
  if (window.end !== null) {
    parts.push(`${key} ${window.rangeEnd === 'closed' ? '<=' : '<'} ${bound(window.end)}`);
  }
  if (window.start !== null && window.seen.length > 0) {
    const seen = window.seen.map(quote).join(', ');
    parts.push(`NOT (${key} = ${bound(window.start)} AND md5(r) IN (${seen}))`);
  }
  const inside = parts.join(' AND ') || 'true';
  return window.onMissing === 'include'
    ? `(${key} IS NULL OR (${inside}))`
    : `(${key} IS NOT NULL AND ${inside})`;
}

function boundOf(kind: CursorKind, value: CursorValue): string {
  const text = quote(String(value));
  if (kind === 'number') return `CAST(${text} AS DECIMAL(38, 9))`;
  return kind === 'time' ? `CAST(${text} AS TIMESTAMPTZ)` : text;
}
