import type { AppError } from 'base/error.ts';
import { fail } from '../../error-codes.ts';
import { suggest } from 'base/document/nearest.ts';
import type { ValueContext } from '../../pipeline/resolve-values.ts';
import { runValues } from '../../pipeline/run-values.ts';
import type { RunValues } from '../../pipeline/run-values.ts';
import type { Scalar } from '../../pipeline/spec/scalar-spec.ts';
import type { TransformSpec } from '../../pipeline/spec/transform-spec.ts';
import type { SqlDialect } from './sql-dialect.ts';

export type TemplateValues = RunValues & Pick<ValueContext, 'params'>;

export interface Rendered {
  /** Line for line as in the file; what a tag leaves out is left blank. */
  readonly sql: string;
  /** Tables named by ref(). */
  readonly refs: readonly string[];
  /** Where in the template something in `sql` comes from, both as offsets in UTF-16 code units. */
  readonly origin: (offset: number) => number;
}

export interface Rendering {
  readonly isIncremental: boolean;
  readonly dialect: SqlDialect;
}

interface Work extends Rendering {
  readonly spec: TransformSpec;
  readonly values: ReadonlyMap<string, Scalar>;
  readonly refs: Set<string>;
  readonly spans: Span[];
}

/** A piece of the result and where it comes from; of a value all of it comes from its tag. */
interface Span {
  readonly at: number;
  readonly from: number;
  readonly isText: boolean;
}

const TAG = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
const SYNTAX =
  'Tags are {{ value }} and {% if is_incremental() %} … {% else %} … {% endif %}, which do not nest.';
const IDENTIFIER = String.raw`[A-Za-z_][A-Za-z0-9_]*`;
const REF = new RegExp(String.raw`^ref\(\s*(?:'(${IDENTIFIER})'|"(${IDENTIFIER})")\s*\)$`);

/**
 * The SQL of a transform with its tags replaced: `{{ ref('x') }}` and `{{ this }}` by names of
 * tables, `{{ params.x }}` and those of `runValues` by quoted literals,
 * `{% if is_incremental() %} … {% else %} … {% endif %}` by one of its branches.
 * @throws value_unknown, sql_invalid with file:line:column
 */
export function renderTemplate(
  spec: TransformSpec,
  values: TemplateValues,
  rendering: Rendering,
): Rendered {
  const work: Work = { ...rendering, spec, values: valueMap(values), refs: new Set(), spans: [] };
  const sql = renderBranches(work);
  return { sql, refs: [...work.refs], origin: (offset) => originOf(work.spans, offset) };
}

function originOf(spans: readonly Span[], offset: number): number {
  const span = spans.findLast(({ at }) => at <= offset);
  return span ? span.from + (span.isText ? offset - span.at : 0) : 0;
}

function valueMap(values: TemplateValues): Map<string, Scalar> {
  return new Map<string, Scalar>([
    ...runValues(values),
    ...Object.entries(values.params).map(([name, value]) => [`params.${name}`, value] as const),
  ]);
}

type Branch = 'if' | 'else';

/** Text and expressions of the branch that is not taken are dropped, its line breaks stay. */
function renderBranches(work: Work): string {
  const { template } = work.spec;
  let open: { branch: Branch; at: number } | null = null;
  let sql = '';
  let end = 0;
  const isTaken = () => open === null || (open.branch === 'if') === work.isIncremental;
  const add = (text: string, from: number) => {
    work.spans.push({ at: sql.length, from, isText: true });
    sql += isTaken() ? text : breaksOf(text);
  };
  for (const { 0: tag, index: at } of template.matchAll(TAG)) {
    add(textBefore(work, end, at), end);
    end = at + tag.length;
    work.spans.push({ at: sql.length, from: at, isText: false });
    if (tag.startsWith('{%')) {
      open = nextBranch(work, { tag, at }, open);
      sql += breaksOf(tag);
    } else if (isTaken()) {
      sql += renderExpression(work, { tag, at }) + breaksOf(tag);
    } else {
      sql += breaksOf(tag);
    }
  }
  add(textBefore(work, end, template.length), end);
  if (open) throw faultAt(work, open.at, '{% if %} has no {% endif %}');
  return sql;
}

/** What is left between tags may not begin or end one. */
function textBefore(work: Work, start: number, end: number): string {
  const text = work.spec.template.slice(start, end);
  const stray = /\{\{|\{%|%\}|\{#/.exec(text);
  if (stray) throw faultAt(work, start + stray.index, `'${stray[0]}' is no whole tag`);
  return text;
}

interface Tag {
  readonly tag: string;
  readonly at: number;
}

function nextBranch(
  work: Work,
  { tag, at }: Tag,
  open: { branch: Branch; at: number } | null,
): { branch: Branch; at: number } | null {
  const word = tag.slice(2, -2).replaceAll(/^-|-$/g, '').trim().replaceAll(/\s+/g, ' ');
  if (word === 'if is_incremental()' && open === null) return { branch: 'if', at };
  if (word === 'else' && open?.branch === 'if') return { branch: 'else', at };
  if (word === 'endif' && open !== null) return null;
  const misplaced = ['if is_incremental()', 'else', 'endif'].includes(word);
  const message = `'${tag}' ${misplaced ? 'is out of place' : 'is not known'}`;
  throw faultAt(work, at, message);
}

function renderExpression(work: Work, { tag, at }: Tag): string {
  const name = tag.slice(2, -2).trim();
  const [, single, double] = REF.exec(name) ?? [];
  const table = name === 'this' ? work.spec.name : (single ?? double);
  if (table !== undefined) {
    if (name !== 'this') work.refs.add(table);
    return work.dialect.quoteName(table);
  }
  const value = work.values.get(name);
  if (value === undefined) throw unknownValue(work, { tag, at });
  if (work.spec.template[at - 1] === "'") {
    throw faultAt(work, at, `${tag} stands in quotes, but values are quoted already`);
  }
  return literalOf(value, work.dialect);
}

function literalOf(value: Scalar, dialect: SqlDialect): string {
  if (typeof value === 'string') return dialect.quoteText(value);
  return value === null ? 'NULL' : String(value).toUpperCase();
}

function breaksOf(text: string): string {
  return text.replaceAll(/[^\n]+/g, '');
}

function unknownValue(work: Work, { tag, at }: Tag): AppError {
  const known = ["ref('table')", 'this', ...work.values.keys()];
  const near = suggest(tag.slice(2, -2).trim(), known);
  const hint = `Known are ${known.join(', ')}.`;
  const message = `there is no value ${tag}${near ? `; ${near}` : ''}`;
  const place = placeOf(work.spec, at);
  return fail('value_unknown', `${place.text}: ${message}`, { hint, details: place.details });
}

function faultAt({ spec }: Work, at: number, message: string): AppError {
  const place = placeOf(spec, at);
  return fail('sql_invalid', `${place.text}: ${message}`, { hint: SYNTAX, details: place.details });
}

function placeOf(spec: TransformSpec, at: number) {
  const { file } = spec;
  const { line, column } = placeInFile(spec, at);
  return { text: `${file}:${line}:${column}`, details: { file, line, column } };
}

/**
 * Line and column in the file, from 1, of an offset in the template, whose first line begins where
 * the header ended, which is at its first column.
 */
export function placeInFile(
  { firstLine, template }: Pick<TransformSpec, 'firstLine' | 'template'>,
  at: number,
): { line: number; column: number } {
  const before = template.slice(0, at);
  const line = firstLine + before.split('\n').length - 1;
  return { line, column: at - before.lastIndexOf('\n') };
}
