import type { StatusError } from '../../../protocol/status-error.ts';
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
  readonly #text: string;
  readonly #fields: readonly string[];
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string, fields: readonly string[]) {
    this.#text = text;
    this.#fields = fields;
    this.#tokens = readTokens(text);
  }

  parse(): Filter {
    const filter = this.#terms();
    if (this.#peek().kind !== 'end') throw this.#refuse('expected AND, OR or the end');
    return filter;
  }

  /** Both words side by side are refused: not everybody reads them in the same order. */
  #terms(): Filter {
    const parts = [this.#term()];
    const word = this.#peek().text;
    while (this.#takeWord(word === 'OR' ? 'OR' : 'AND')) parts.push(this.#term());
    if (/^(AND|OR)$/.test(this.#peek().text))
      throw this.#refuse('AND and OR side by side: expected parentheses around one of them');
    const [first] = parts;
    if (first !== undefined && parts.length === 1) return first;
    return word === 'OR' ? { kind: 'or', parts } : { kind: 'and', parts };
  }

  #term(): Filter {
    if (this.#takeWord('NOT')) return { kind: 'not', part: this.#term() };
    if (!this.#takeSign('(')) return this.#comparison();
    const inner = this.#terms();
    this.#needSign(')');
    return inner;
  }

  #comparison(): Comparison {
    const token = this.#peek();
    const field = fieldName(token.text);
    if (token.kind !== 'word') throw this.#refuse('expected a field such as resource.type');
    if (!this.#fields.includes(field))
      throw this.#refuse(`no such field: expected one of ${this.#fields.join(', ')}`);
    this.#next++;
    const negated = this.#takeSign('!=');
    if (!negated) this.#needSign('=');
    return { kind: 'comparison', field, negated, ...this.#test() };
  }

  #test(): Pick<Comparison, 'test' | 'values'> {
    const token = this.#take();
    if (token.kind === 'word' && this.#takeSign('(')) return this.#arguments(token);
    if (token.kind === 'text' || token.kind === 'word')
      return { test: 'equals', values: [token.text] };
    throw this.#refuse('expected a text in quotes', token);
  }

  #arguments(name: Token): Pick<Comparison, 'test' | 'values'> {
    if (!functionNames.includes(name.text))
      throw this.#refuse(
        `local-cloud does not model this function, only ${functionNames.join(', ')}`,
        name,
      );
    const values: string[] = [];
    do {
      const token = this.#take();
      if (token.kind !== 'text') throw this.#refuse('expected a text in quotes', token);
      values.push(token.text);
    } while (this.#takeSign(','));
    this.#needSign(')');
    if (name.text !== 'one_of' && values.length > 1) throw this.#refuse('takes one argument', name);
    return { test: name.text as FilterTest, values };
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: this.#text.length };
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
