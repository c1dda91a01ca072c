/** What a filter asks of an entry. */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'and'; readonly parts: readonly Filter[] }
  | { readonly kind: 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | { readonly kind: 'anywhere'; readonly value: string }
  | Comparison;

export interface Comparison {
  readonly kind: 'comparison';
  readonly path: readonly string[];
  readonly operator: Operator;
  readonly value: string;
}

export const OPERATORS = ['=', '!=', '>', '>=', '<', '<=', ':', '=~', '!~'] as const;
export type Operator = (typeof OPERATORS)[number];

/** An entry in the JSON of google.logging.v2.LogEntry. */
export type Fields = Readonly<Record<string, unknown>>;

const SEVERITIES: Readonly<Record<string, number>> = {
  DEFAULT: 0,
  DEBUG: 100,
  INFO: 200,
  NOTICE: 300,
  WARNING: 400,
  ERROR: 500,
  CRITICAL: 600,
  ALERT: 700,
  EMERGENCY: 800,
};
const NUMBER = /^-?\d+(\.\d+)?s?$/;
const TIMES = new Set(['timestamp', 'receiveTimestamp']);

export function matchFilter(filter: Filter, entry: Fields): boolean {
  if (filter.kind === 'all') return true;
  if (filter.kind === 'and') return filter.parts.every((part) => matchFilter(part, entry));
  if (filter.kind === 'or') return filter.parts.some((part) => matchFilter(part, entry));
  if (filter.kind === 'not') return !matchFilter(filter.part, entry);
  if (filter.kind === 'anywhere') return valuesIn(entry).some((one) => has(one, filter.value));
  return compare(filter, entry);
}

function compare({ path, operator, value }: Comparison, entry: Fields): boolean {
  if (operator === '!=') return !compare({ kind: 'comparison', path, operator: '=', value }, entry);
  if (operator === '!~')
    return !compare({ kind: 'comparison', path, operator: '=~', value }, entry);
  const found = find(entry, path);
  if (found === undefined) return false;
  if (operator === ':' && value === '*') return true;
  const values = Array.isArray(found) ? found : [found];
  return values.some((one) => test(one, operator, { value, of: path[0] ?? '' }));
}

function test(
  found: unknown,
  operator: Operator,
  { value, of }: { readonly value: string; readonly of: string },
): boolean {
  if (operator === ':') return valuesIn(found).some((one) => has(one, value));
  if (operator === '=~') return new RegExp(value).test(String(found));
  const [a, b] = operands(found, value, of);
  if (a === null || b === null) return false;
  if (operator === '=') return a === b;
  if (operator === '>') return a > b;
  if (operator === '<') return a < b;
  return operator === '>=' ? a >= b : a <= b;
}

type Operand = string | number | null;

/** Both as numbers where the field has an order of its own, else as texts without case. */
function operands(found: unknown, value: string, of: string): [Operand, Operand] {
  if (of === 'severity') return [severityNumber(String(found)), severityNumber(value)];
  if (TIMES.has(of)) return [timeNumber(String(found)), timeNumber(value)];
  // 64-bit numbers are texts in JSON, and durations have an s behind them.
  if (NUMBER.test(String(found)) && NUMBER.test(value))
    return [Number.parseFloat(String(found)), Number.parseFloat(value)];
  if (typeof found === 'number') return [found, null];
  return [textOf(found).toLowerCase(), value.toLowerCase()];
}

export function severityNumber(name: string): number | null {
  const number = SEVERITIES[name.toUpperCase()] ?? Number(name);
  return Number.isNaN(number) ? null : number;
}

export function timeNumber(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

function has(found: unknown, value: string): boolean {
  return typeof found === 'number'
    ? found === Number(value)
    : textOf(found).toLowerCase().includes(value.toLowerCase());
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function find(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => {
    const next =
      typeof at === 'object' && at !== null && Object.hasOwn(at, name)
        ? (at as Fields)[name]
        : undefined;
    return next ?? undefined;
  }, value);
}

/** All values below that are no lists or maps. */
function valuesIn(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(valuesIn);
}
