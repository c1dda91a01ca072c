import type { SqlToken } from './sql-tokens.ts';

/** A place in a query where a table, or something like one, is named. */
export interface TableNamed {
  /** Pieces between dots. */
  readonly names: readonly string[];
  readonly start: number;
  /** Behind the name, without the arguments of a function. */
  readonly end: number;
  /** Called with arguments: a table function, or UNNEST. */
  readonly isFunction: boolean;
}

/** Names of the CTEs in sight, lower case. */
type Names = ReadonlySet<string>;

/** Where a clause begins in which commas are no longer between tables. */
const AFTER_FROM = new Set(
  'SELECT WHERE GROUP HAVING QUALIFY WINDOW ORDER LIMIT UNION INTERSECT EXCEPT SET'.split(' '),
);
/** Words after a table that are no name for it. */
const AFTER_TABLE = new Set(
  `${[...AFTER_FROM].join(' ')} ON USING JOIN INNER LEFT RIGHT FULL CROSS OUTER FOR TABLESAMPLE PIVOT UNPIVOT WITH AS`.split(
    ' ',
  ),
);

/**
 * Every table that a query names, in the order of its words; CTEs left out, and so are columns that
 * are opened as tables (`FROM orders AS o, o.items`). Tables need not exist, so this is all that can
 * be known before a first build: BigQuery itself judges what the query reaches when it runs.
 */
export function findTables(tokens: readonly SqlToken[]): readonly TableNamed[] {
  const scan = new Scan(tokens);
  scan.query({ from: 0, to: tokens.length }, new Set());
  return scan.found
    .filter(
      ({ names: [first = '', ...rest] }) =>
        rest.length === 0 || !scan.aliases.has(first.toLowerCase()),
    )
    .toSorted((a, b) => a.start - b.start);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

class Scan {
  readonly found: TableNamed[] = [];
  /** Of all tables and subqueries, wherever they are in sight: which is what they are for. */
  readonly aliases = new Set<string>();
  readonly #tokens: readonly SqlToken[];
  readonly #closing: ReadonlyMap<number, number>;

  constructor(tokens: readonly SqlToken[]) {
    this.#tokens = tokens;
    this.#closing = closingOf(tokens);
  }

  /** Whatever stands between two parentheses, or all: a query, or an expression. */
  query({ from, to }: Range, outer: Names): void {
    const { at: start, names } = this.#ctes({ from, to }, outer);
    let commaIsTable = false;
    for (let at = start; at < to; at++) {
      const word = this.#word(at);
      if (word === '(') {
        at = this.#group(at, names);
      } else if (this.#startsTables(at, from) || (word === ',' && commaIsTable)) {
        if (word === 'FROM') commaIsTable = true;
        at = this.#table(at + 1, names) - 1;
      } else if (AFTER_FROM.has(word) || (word === '|' && this.#word(at + 1) === '>')) {
        commaIsTable = false;
      }
    }
  }

  /** `FROM` of a clause, not of EXTRACT(DAY FROM x) or IS DISTINCT FROM; `JOIN`; `TABLE` of an argument. */
  #startsTables(at: number, from: number): boolean {
    const word = this.#word(at);
    if (word === 'TABLE') return this.#word(from - 1) === '(' && at > 0;
    if (word !== 'FROM') return word === 'JOIN';
    const isDistinct = this.#word(at - 1) === 'DISTINCT' && /^(?:IS|NOT)$/.test(this.#word(at - 2));
    return !isDistinct && this.#word(from - 2) !== 'EXTRACT';
  }

  /** The CTEs at the head of a query. A CTE sees those before it; its own name means a table. */
  #ctes({ from, to }: Range, outer: Names): { at: number; names: Names } {
    const isWith = this.#word(from) === 'WITH' && this.#word(from + 1) !== '(';
    if (!isWith) return { at: from, names: outer };
    const isRecursive = this.#word(from + 1) === 'RECURSIVE' && this.#word(from + 2) !== 'AS';
    const names = new Set(outer);
    let at = from + (isRecursive ? 2 : 1);
    for (; at < to; at++) {
      const name = this.#tokens[at]?.name.toLowerCase() ?? '';
      const open = this.#nextOpen(at, to);
      if (open === null) break;
      if (isRecursive) names.add(name);
      at = this.#group(open, names);
      names.add(name);
      if (this.#word(at + 1) !== ',') return { at: at + 1, names };
      at++;
    }
    return { at, names };
  }

  /** `name AS (` */
  #nextOpen(at: number, to: number): number | null {
    return this.#word(at + 1) === 'AS' && this.#word(at + 2) === '(' && at + 2 < to ? at + 2 : null;
  }

  /** What stands within parentheses. @returns where they close */
  #group(open: number, names: Names): number {
    const close = this.#closing.get(open) ?? this.#tokens.length;
    this.query({ from: open + 1, to: close }, names);
    return close;
  }

  /** A table, subquery or join in parentheses. @returns the position after it and its alias */
  #table(at: number, names: Names): number {
    if (this.#word(at) === '(') {
      const inner = this.#word(at + 1);
      const close = this.#closing.get(at) ?? this.#tokens.length;
      if (/^(?:SELECT|WITH|FROM)$/.test(inner)) this.#group(at, names);
      else this.query({ from: this.#table(at + 1, names), to: close }, names);
      return this.#alias(close + 1);
    }
    const path = this.#path(at);
    if (path.names.length === 0) return at;
    const isFunction = this.#word(path.at) === '(';
    const [only = '', ...more] = path.names;
    const isCte = more.length === 0 && names.has(only.toLowerCase());
    const start = this.#tokens[at]?.start ?? 0;
    const end = this.#tokens[path.at - 1]?.end ?? start;
    if (isFunction || !isCte) this.found.push({ names: path.names, start, end, isFunction });
    const next = isFunction ? this.#group(path.at, names) + 1 : path.at;
    this.aliases.add((path.names.at(-1) ?? '').toLowerCase());
    return this.#alias(next);
  }

  #alias(at: number): number {
    const hasAs = this.#word(at) === 'AS';
    const token = this.#tokens[hasAs ? at + 1 : at];
    const isName = token?.kind === 'quoted' || token?.kind === 'name';
    if (!token || !isName || (!hasAs && AFTER_TABLE.has(token.word))) return at;
    this.aliases.add(token.name.toLowerCase());
    return hasAs ? at + 2 : at + 1;
  }

  /** Names with dots between; a project may have dashes in its name without quotes. */
  #path(from: number): { names: string[]; at: number } {
    const names: string[] = [];
    let at = from;
    for (let token = this.#tokens[at]; token; token = this.#tokens[at]) {
      if (token.kind !== 'name' && token.kind !== 'quoted') break;
      names.push(...token.name.split('.'));
      at++;
      while (this.#word(at) === '-' && this.#touches(at)) {
        names.push(`${names.pop() ?? ''}-${this.#tokens[at + 1]?.name ?? ''}`);
        at += 2;
      }
      if (this.#word(at) !== '.') break;
      at++;
    }
    return { names, at };
  }

  #touches(at: number): boolean {
    const [before, dash, after] = this.#tokens.slice(at - 1, at + 2);
    return before?.end === dash?.start && dash?.end === after?.start;
  }

  #word(at: number): string {
    return this.#tokens[at]?.word ?? '';
  }
}

/** Where each parenthesis closes; one that never does is left out. */
function closingOf(tokens: readonly SqlToken[]): ReadonlyMap<number, number> {
  const closing = new Map<number, number>();
  const open: number[] = [];
  tokens.forEach(({ word }, at) => {
    if (word === '(') open.push(at);
    const from = word === ')' ? open.pop() : undefined;
    if (from !== undefined) closing.set(from, at);
  });
  return closing;
}
