import type { StatusError } from '../../../protocol/status-error.ts';
import { OPERATORS, severityNumber, timeNumber } from './filter.ts';
import type { Comparison, Filter, Operator } from './filter.ts';
import { readTokens, refuseFilter } from './token.ts';
import type { Token } from './token.ts';

const FIELDS = new Set(
  (
    'logName resource timestamp receiveTimestamp severity insertId labels httpRequest operation ' +
    'trace spanId traceSampled sourceLocation split textPayload jsonPayload protoPayload'
  ).split(' '),
);

/**
 * The Logging query language (https://cloud.google.com/logging/docs/view/logging-query-language):
 * NOT binds closest, then OR, then AND, which may be left out. Refuses what it does not know.
 */
export function parseFilter(text: string): Filter {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = readTokens(text);
  }

  parse(): Filter {
    if (this.#peek().kind === 'end') return { kind: 'all' };
    const filter = this.#and();
    if (this.#peek().kind !== 'end') throw this.#refuse('expected AND, OR or the end');
    return filter;
  }

  #and(): Filter {
    const parts = [this.#or()];
    while (this.#takeWord('AND') || this.#beginsTerm()) parts.push(this.#or());
    return joined('and', parts);
  }

  #or(): Filter {
    const parts = [this.#not()];
    while (this.#takeWord('OR')) parts.push(this.#not());
    return joined('or', parts);
  }

  #not(): Filter {
    if (this.#takeWord('NOT') || this.#takeSign('-')) return { kind: 'not', part: this.#not() };
    if (!this.#takeSign('(')) return this.#term();
    const inner = this.#and();
    this.#needSign(')');
    return inner;
  }

  #term(): Filter {
    const first = this.#peek();
    if (first.kind !== 'word' && first.kind !== 'text') throw this.#refuse('expected a comparison');
    const start = this.#next;
    const path = this.#path();
    const operator = this.#peek().text as Operator;
    if (this.#peek().isClose && this.#takeSign('(')) return this.#call(first);
    if (this.#peek().kind !== 'sign' || !OPERATORS.includes(operator)) {
      this.#next = start;
      return { kind: 'anywhere', value: this.#value() };
    }
    this.#next++;
    if (!FIELDS.has(path[0] ?? ''))
      throw this.#refuse(`no such field: expected one of ${[...FIELDS].join(', ')}`, first);
    return this.#values({ path, operator });
  }

  /** `log_id("x")`: the name of a log without its project. */
  #call(name: Token): Filter {
    if (name.text !== 'log_id')
      throw this.#refuse('local-cloud does not model this function, only log_id', name);
    const id = encodeURIComponent(this.#take().text);
    this.#needSign(')');
    return { kind: 'comparison', path: ['logName'], operator: '=~', value: `/logs/${id}$` };
  }

  /** One value, or several with AND, OR and NOT in parentheses. */
  #values(of: Pick<Comparison, 'path' | 'operator'>): Filter {
    if (!this.#takeSign('(')) return this.#comparison(of);
    const alternatives: Filter[] = [];
    do {
      const parts: Filter[] = [];
      do {
        const isNegated = this.#takeWord('NOT') || this.#takeSign('-');
        const part = this.#values(of);
        parts.push(isNegated ? { kind: 'not', part } : part);
      } while (this.#takeWord('AND'));
      alternatives.push(joined('and', parts));
    } while (this.#takeWord('OR'));
    this.#needSign(')');
    return joined('or', alternatives);
  }

  #comparison(of: Pick<Comparison, 'path' | 'operator'>): Comparison {
    const token = this.#peek();
    const value = this.#value();
    const [field = ''] = of.path;
    if (field === 'severity' && of.operator !== ':' && severityNumber(value) === null)
      throw this.#refuse('expected a severity such as ERROR', token);
    if (field.toLowerCase().endsWith('timestamp') && timeNumber(value) === null)
      throw this.#refuse('expected a time such as "2026-01-02T03:04:05Z"', token);
    if (of.operator === '=~' || of.operator === '!~') this.#checkPattern(value, token);
    return { kind: 'comparison', ...of, value };
  }

  #checkPattern(pattern: string, token: Token): void {
    try {
      RegExp(pattern);
    } catch {
      throw this.#refuse('no regular expression', token);
    }
  }

  /** Without quotes it goes on over signs that stand close, as in 1.5 and 2026-01-02T03:04:05Z. */
  #value(): string {
    const first = this.#take();
    if (first.kind === 'text') return first.text;
    if (first.kind === 'end' || !/^[\w*.-]/.test(first.text))
      throw this.#refuse('expected a value', first);
    let value = first.text;
    while (this.#peek().isClose && /^([.:-]|[^=<>!(),]+)$/.test(this.#peek().text))
      value += this.#take().text;
    return value;
  }

  #path(): readonly string[] {
    const path = [this.#take().text];
    while (this.#peek().isClose && this.#takeSign('.')) path.push(this.#name());
    return path;
  }

  /** A hyphen within a name is no sign. */
  #name(): string {
    let name = this.#take().text;
    while (this.#peek().isClose && this.#takeSign('-')) name += `-${this.#take().text}`;
    return name;
  }

  #beginsTerm(): boolean {
    const { kind, text } = this.#peek();
    return (kind === 'word' && text !== 'OR') || kind === 'text' || text === '(' || text === '-';
  }

  #peek(): Token {
    return (
      this.#tokens[this.#next] ?? { kind: 'end', text: '', at: this.#text.length, isClose: false }
    );
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #takeWord(word: string): boolean {
    const { kind, text } = this.#peek();
    if (kind !== 'word' || text !== word) return false;
    this.#next++;
    return true;
  }

  #takeSign(sign: string): boolean {
    const { kind, text } = this.#peek();
    if (kind !== 'sign' || text !== sign) return false;
    this.#next++;
    return true;
  }

  #needSign(sign: string): void {
    if (!this.#takeSign(sign)) throw this.#refuse(`expected ${sign}`);
  }

  #refuse(why: string, token = this.#peek()): StatusError {
    return refuseFilter(this.#text, token.at, why);
  }
}

function joined(kind: 'and' | 'or', parts: readonly Filter[]): Filter {
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : { kind, parts };
}
