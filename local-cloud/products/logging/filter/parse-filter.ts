import { TokenReader } from '../../../filter/token-reader.ts';
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
  readonly #tokens: TokenReader<Token>;

  constructor(text: string) {
    this.#tokens = new TokenReader(readTokens(text), (at, why) => refuseFilter(text, at, why));
  }

  parse(): Filter {
    if (this.#tokens.peek().kind === 'end') return { kind: 'all' };
    const filter = this.#and();
    if (this.#tokens.peek().kind !== 'end')
      throw this.#tokens.refuse('expected AND, OR or the end');
    return filter;
  }

  #and(): Filter {
    const parts = [this.#or()];
    while (this.#tokens.takeWord('AND') || this.#beginsTerm()) parts.push(this.#or());
    return joined('and', parts);
  }

  #or(): Filter {
    const parts = [this.#not()];
    while (this.#tokens.takeWord('OR')) parts.push(this.#not());
    return joined('or', parts);
  }

  #not(): Filter {
    if (this.#tokens.takeWord('NOT') || this.#tokens.takeSign('-'))
      return { kind: 'not', part: this.#not() };
    if (!this.#tokens.takeSign('(')) return this.#term();
    const inner = this.#and();
    this.#tokens.needSign(')');
    return inner;
  }

  #term(): Filter {
    const first = this.#tokens.peek();
    if (first.kind !== 'word' && first.kind !== 'text')
      throw this.#tokens.refuse('expected a comparison');
    const start = this.#tokens.place();
    const path = this.#path();
    const operator = this.#tokens.peek().text as Operator;
    if (this.#tokens.peek().isClose && this.#tokens.takeSign('(')) return this.#call(first);
    if (this.#tokens.peek().kind !== 'sign' || !OPERATORS.includes(operator)) {
      this.#tokens.goBack(start);
      return { kind: 'anywhere', value: this.#value() };
    }
    this.#tokens.take();
    if (!FIELDS.has(path[0] ?? ''))
      throw this.#tokens.refuse(`no such field: expected one of ${[...FIELDS].join(', ')}`, first);
    return this.#values({ path, operator });
  }

  /** `log_id("x")`: the name of a log without its project. */
  #call(name: Token): Filter {
    if (name.text !== 'log_id')
      throw this.#tokens.refuse('local-cloud does not model this function, only log_id', name);
    const id = encodeURIComponent(this.#tokens.take().text);
    this.#tokens.needSign(')');
    return { kind: 'comparison', path: ['logName'], operator: '=~', value: `/logs/${id}$` };
  }

  /** One value, or several with AND, OR and NOT in parentheses. */
  #values(of: Pick<Comparison, 'path' | 'operator'>): Filter {
    if (!this.#tokens.takeSign('(')) return this.#comparison(of);
    const alternatives: Filter[] = [];
    do {
      const parts: Filter[] = [];
      do {
        const isNegated = this.#tokens.takeWord('NOT') || this.#tokens.takeSign('-');
        const part = this.#values(of);
        parts.push(isNegated ? { kind: 'not', part } : part);
      } while (this.#tokens.takeWord('AND'));
      alternatives.push(joined('and', parts));
    } while (this.#tokens.takeWord('OR'));
    this.#tokens.needSign(')');
    return joined('or', alternatives);
  }

  #comparison(of: Pick<Comparison, 'path' | 'operator'>): Comparison {
    const token = this.#tokens.peek();
    const value = this.#value();
    const [field = ''] = of.path;
    if (field === 'severity' && of.operator !== ':' && severityNumber(value) === null)
      throw this.#tokens.refuse('expected a severity such as ERROR', token);
    if (field.toLowerCase().endsWith('timestamp') && timeNumber(value) === null)
      throw this.#tokens.refuse('expected a time such as "2026-01-02T03:04:05Z"', token);
    if (of.operator === '=~' || of.operator === '!~') this.#checkPattern(value, token);
    return { kind: 'comparison', ...of, value };
  }

  #checkPattern(pattern: string, token: Token): void {
    try {
      RegExp(pattern);
    } catch {
      throw this.#tokens.refuse('no regular expression', token);
    }
  }

  /** Without quotes it goes on over signs that stand close, as in 1.5 and 2026-01-02T03:04:05Z. */
  #value(): string {
    const first = this.#tokens.take();
    if (first.kind === 'text') return first.text;
    if (first.kind === 'end' || !/^[\w*.-]/.test(first.text))
      throw this.#tokens.refuse('expected a value', first);
    let value = first.text;
    while (this.#tokens.peek().isClose && /^([.:-]|[^=<>!(),]+)$/.test(this.#tokens.peek().text))
      value += this.#tokens.take().text;
    return value;
  }

  #path(): readonly string[] {
    const path = [this.#tokens.take().text];
    while (this.#tokens.peek().isClose && this.#tokens.takeSign('.')) path.push(this.#name());
    return path;
  }

  /** A hyphen within a name is no sign. */
  #name(): string {
    let name = this.#tokens.take().text;
    while (this.#tokens.peek().isClose && this.#tokens.takeSign('-'))
      name += `-${this.#tokens.take().text}`;
    return name;
  }

  #beginsTerm(): boolean {
    const { kind, text } = this.#tokens.peek();
    return (kind === 'word' && text !== 'OR') || kind === 'text' || text === '(' || text === '-';
  }
}

function joined(kind: 'and' | 'or', parts: readonly Filter[]): Filter {
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : { kind, parts };
}
