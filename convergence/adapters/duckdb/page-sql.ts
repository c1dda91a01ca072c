import type { CursorKind } from '../../engine/flow/extract/incremental-window.ts';
import type { JsonStep } from '../../engine/flow/extract/json-path.ts';
import type { CursorValue, CursorWindow } from '../../engine/flow/extract/page-reader.ts';

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
export const MEMBER_PATH = `CASE WHEN regexp_full_match(entry.key, '\\w+') THEN '.' || entry.key
  ELSE '."' || regexp_replace(entry.key, '(["\\\\])', '\\\\\\1', 'g') || '"' END`;

/** The file as one row with the column `content`. */
export function fileOf(path: string): string {
  return `read_text(${quote(path)})`;
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
  return `json_merge_patch(${line}, ${quote(JSON.stringify(constants))})`;
}

/**
 * A CSV of one column without quotes is NDJSON. The delimiter cannot occur: JSON escapes control
 * characters.
 */
export function copyLines(select: string, target: string): string {
  return `COPY (${select}) TO ${quote(target)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER e'\\x01')`;
}

const ISO_TIME = `^\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d|$)`;

/** `page_record (r, c, is_number)`: the records of a page with the text of their cursor. */
export function createRecords(records: string, file: string, cursorPath: string): string {
  const path = quote(cursorPath);
  return `CREATE TEMP TABLE page_record AS
    SELECT r, json_extract_string(r, ${path}) AS c,
      json_type(r, ${path}) NOT IN ('VARCHAR', 'BOOLEAN', 'OBJECT', 'ARRAY', 'NULL') AS is_number
    FROM (SELECT unnest(${records}) AS r FROM ${file})`;
}

export const COUNT_KINDS = `SELECT count(*), count(c), count(*) FILTER (is_number),
  count(${keyOf('time')}) FROM page_record`;

export function keyOf(kind: CursorKind): string {
  // 38 digits hold every integer of 64 bits exactly, beside nine decimals.
  if (kind === 'number') return 'try_cast(c AS DECIMAL(38, 9))';
  if (kind === 'text') return 'c';
  return `CASE WHEN regexp_matches(c, ${quote(ISO_TIME)}) THEN try_cast(c AS TIMESTAMPTZ) END`;
}

export function selectRange(kind: CursorKind): string {
  const key = keyOf(kind);
  return `SELECT arg_min(c, ${key}), arg_max(c, ${key}), count(*) - count(${key}),
    any_value(coalesce(c, 'null')) FILTER (${key} IS NULL) FROM page_record`;
}

export function selectAtMax(kind: CursorKind): string {
  const key = keyOf(kind);
  return `SELECT md5(r) FROM page_record WHERE ${key} = (SELECT max(${key}) FROM page_record)`;
}

export function windowCondition(kind: CursorKind, window: CursorWindow): string {
  const key = keyOf(kind);
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
