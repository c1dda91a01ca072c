import { TokenReader } from '../../../filter/token-reader.ts';
import { functionNames } from './filter.ts';
import type { Comparison, Filter, FilterTest } from './filter.ts';
import { readTokens, refuseFilter } from './token.ts';
import type { Token } from './token.ts';

/**
 * The part of Cloud Monitoring's filter language that selects time series
 * (https://cloud.google.com/monitoring/api/v3/filters); refuses with INVALID_ARGUMENT what it does
 * not know, and fields that are not among `fields`.
 */
export function parseFilter(text: string, fields: readonly string[]): Filter {
  return new Parser(text, fields).parse();
}

/** `resource.label.x` is an old way to write `resource.labels.x`. */
export function fieldName(written: string): string {
  if (written === 'project') return 'resource.labels.project_id';
  return written.replace(/^(metric|resource)\.label\./, '$1.labels.');
}

class Parser {
  readonly #fields: readonly string[];
  readonly #tokens: TokenReader<Token>;

  constructor(text: string, fields: readonly string[]) {
    this.#fields = fields;
    this.#tokens = new TokenReader(readTokens(text), (at, why) => refuseFilter(text, at, why));
  }

  parse(): Filter {
    const filter = this.#terms();
    if (this.#tokens.peek().kind !== 'end')
      throw this.#tokens.refuse('expected AND, OR or the end');
    return filter;
  }

  /** Both words side by side are refused: not everybody reads them in the same order. */
  #terms(): Filter {
    const parts = [this.#term()];
    const word = this.#tokens.peek().text;
    while (this.#tokens.takeWord(word === 'OR' ? 'OR' : 'AND')) parts.push(this.#term());
    if (/^(AND|OR)$/.test(this.#tokens.peek().text))
      throw this.#tokens.refuse('AND and OR side by side: expected parentheses around one of them');
    const [first] = parts;
    if (first !== undefined && parts.length === 1) return first;
    return word === 'OR' ? { kind: 'or', parts } : { kind: 'and', parts };
  }

  #term(): Filter {
    if (this.#tokens.takeWord('NOT')) return { kind: 'not', part: this.#term() };
    if (!this.#tokens.takeSign('(')) return this.#comparison();
    const inner = this.#terms();
    this.#tokens.needSign(')');
    return inner;
  }

  #comparison(): Comparison {
    const token = this.#tokens.peek();
    const field = fieldName(token.text);
    if (token.kind !== 'word') throw this.#tokens.refuse('expected a field such as resource.type');
    if (!this.#fields.includes(field))
      throw this.#tokens.refuse(`no such field: expected one of ${this.#fields.join(', ')}`);
    this.#tokens.take();
    const negated = this.#tokens.takeSign('!=');
    if (!negated) this.#tokens.needSign('=');
    return { kind: 'comparison', field, negated, ...this.#test() };
  }

  #test(): Pick<Comparison, 'test' | 'values'> {
    const token = this.#tokens.take();
    if (token.kind === 'word' && this.#tokens.takeSign('(')) return this.#arguments(token);
    if (token.kind === 'text' || token.kind === 'word')
      return { test: 'equals', values: [token.text] };
    throw this.#tokens.refuse('expected a text in quotes', token);
  }

  #arguments(name: Token): Pick<Comparison, 'test' | 'values'> {
    if (!functionNames.includes(name.text))
      throw this.#tokens.refuse(
        `local-cloud does not model this function, only ${functionNames.join(', ')}`,
        name,
      );
    const values: string[] = [];
    do {
      const token = this.#tokens.take();
      if (token.kind !== 'text') throw this.#tokens.refuse('expected a text in quotes', token);
      values.push(token.text);
    } while (this.#tokens.takeSign(','));
    this.#tokens.needSign(')');
    if (name.text !== 'one_of' && values.length > 1)
      throw this.#tokens.refuse('takes one argument', name);
    return { test: name.text as FilterTest, values };
  }
}
