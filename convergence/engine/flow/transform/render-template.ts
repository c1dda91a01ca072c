import type { AppError } from 'base/error.ts';
import { fail } from '../../error-codes.ts';
import { suggest } from 'base/document/nearest.ts';
import type { ValueContext } from '../../pipeline/resolve-values.ts';
import { runValues } from '../../pipeline/run-values.ts';
import type { RunValues } from '../../pipeline/run-values.ts';
import type { Scalar } from '../../pipeline/spec/scalar-spec.ts';
import type { TransformSpec } from '../../pipeline/spec/transform-spec.ts';

export type TemplateValues = RunValues & Pick<ValueContext, 'params'>;

export interface Rendered {
  /** Line for line as in the file; what a tag leaves out is left blank. */
  readonly sql: string;
  /** Tables named by ref(). */
  readonly refs: readonly string[];
}

interface Rendering {
  readonly spec: TransformSpec;
  readonly values: ReadonlyMap<string, Scalar>;
  readonly isIncremental: boolean;
  readonly refs: Set<string>;
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
  isIncremental: boolean,
): Rendered {
  const rendering = { spec, values: valueMap(values), isIncremental, refs: new Set<string>() };
  const sql = renderBranches(rendering);
  return { sql, refs: [...rendering.refs] };
}

function valueMap(values: TemplateValues): Map<string, Scalar> {
  return new Map<string, Scalar>([
    ...runValues(values),
    ...Object.entries(values.params).map(([name, value]) => [`params.${name}`, value] as const),
  ]);
}

type Branch = 'if' | 'else';

/** Text and expressions of the branch that is not taken are dropped, its line breaks stay. */
function renderBranches(rendering: Rendering): string {
  const { template } = rendering.spec;
  let open: { branch: Branch; at: number } | null = null;
  let sql = '';
  let end = 0;
  const isTaken = () => open === null || (open.branch === 'if') === rendering.isIncremental;
  const add = (text: string) => (sql += isTaken() ? text : breaksOf(text));
  for (const { 0: tag, index: at } of template.matchAll(TAG)) {
    add(textBefore(rendering, end, at));
    end = at + tag.length;
    if (tag.startsWith('{%')) {
      open = nextBranch(rendering, { tag, at }, open);
      sql += breaksOf(tag);
    } else if (isTaken()) {
      sql += renderExpression(rendering, { tag, at }) + breaksOf(tag);
    } else {
      sql += breaksOf(tag);
    }
  }
  add(textBefore(rendering, end, template.length));
  if (open) throw faultAt(rendering, open.at, '{% if %} has no {% endif %}');
  return sql;
}

/** What is left between tags may not begin or end one. */
function textBefore(rendering: Rendering, start: number, end: number): string {
  const text = rendering.spec.template.slice(start, end);
  const stray = /\{\{|\{%|%\}|\{#/.exec(text);
  if (stray) throw faultAt(rendering, start + stray.index, `'${stray[0]}' is no whole tag`);
  return text;
}

interface Tag {
  readonly tag: string;
  readonly at: number;
}

function nextBranch(
  rendering: Rendering,
  { tag, at }: Tag,
  open: { branch: Branch; at: number } | null,
): { branch: Branch; at: number } | null {
  const word = tag.slice(2, -2).replaceAll(/^-|-$/g, '').trim().replaceAll(/\s+/g, ' ');
  if (word === 'if is_incremental()' && open === null) return { branch: 'if', at };
  if (word === 'else' && open?.branch === 'if') return { branch: 'else', at };
  if (word === 'endif' && open !== null) return null;
  const misplaced = ['if is_incremental()', 'else', 'endif'].includes(word);
  const message = `'${tag}' ${misplaced ? 'is out of place' : 'is not known'}`;
  throw faultAt(rendering, at, message);
}

function renderExpression(rendering: Rendering, { tag, at }: Tag): string {
  const name = tag.slice(2, -2).trim();
  const [, single, double] = REF.exec(name) ?? [];
  const table = name === 'this' ? rendering.spec.name : (single ?? double);
  if (table !== undefined) {
    if (name !== 'this') rendering.refs.add(table);
    return `"${table}"`;
  }
  const value = rendering.values.get(name);
  if (value === undefined) throw unknownValue(rendering, { tag, at });
  if (rendering.spec.template[at - 1] === "'") {
    throw faultAt(rendering, at, `${tag} stands in quotes, but values are quoted already`);
  }
  return literalOf(value);
}

/** A literal of standard SQL. */
function literalOf(value: Scalar): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return value === null ? 'NULL' : String(value).toUpperCase();
}

function breaksOf(text: string): string {
  return text.replaceAll(/[^\n]+/g, '');
}

function unknownValue(rendering: Rendering, { tag, at }: Tag): AppError {
  const known = ["ref('table')", 'this', ...rendering.values.keys()];
  const near = suggest(tag.slice(2, -2).trim(), known);
  const hint = `Known are ${known.join(', ')}.`;
  const message = `there is no value ${tag}${near ? `; ${near}` : ''}`;
  return fail('value_unknown', `${placeOf(rendering.spec, at)}: ${message}`, { hint });
}

function faultAt({ spec }: Rendering, at: number, message: string): AppError {
  return fail('sql_invalid', `${placeOf(spec, at)}: ${message}`, { hint: SYNTAX });
}

/** The first line of a template begins where the header ended, which is at its first column. */
function placeOf({ file, firstLine, template }: TransformSpec, at: number): string {
  const before = template.slice(0, at);
  const line = firstLine + before.split('\n').length - 1;
  return `${file}:${line}:${at - before.lastIndexOf('\n')}`;
}
