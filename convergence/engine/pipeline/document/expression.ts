import { suggest } from 'base/document/nearest.ts';

/** `{{ params.since }}` found in a text. */
export interface Expression {
  /** As it is written, braces included. */
  readonly text: string;
  /** `params.since`; what stands between the braces, whatever it is. */
  readonly name: string;
}

const expression = /\{\{([^{}]*)\}\}/g;

/** All expressions of a text, in order. */
export function expressionsIn(text: string): Expression[] {
  return [...text.matchAll(expression)].map(([text, inner = '']) => ({ text, name: inner.trim() }));
}

/** The expression that a text consists of, so that its value may keep its type. */
export function wholeExpression(text: string): Expression | undefined {
  const [first] = expressionsIn(text);
  return first?.text === text.trim() ? first : undefined;
}

/** A text with each expression replaced, in one pass: what is put in is not looked at again. */
export function replaceExpressions(text: string, valueOf: (name: string) => unknown): string {
  return text.replaceAll(expression, (_, inner: string) => String(valueOf(inner.trim())));
}

/** `x` of `secrets.x`. */
export function secretNameOf(name: string): string | undefined {
  return name.startsWith('secrets.') ? name.slice('secrets.'.length) : undefined;
}

/** Why a name has no value, and what there is instead. */
export function unknownName(name: string, known: readonly string[]) {
  return {
    message: `there is no value '${name.slice(0, 100)}'`,
    expected: known.join(', '),
    suggestion: suggest(name, known),
  };
}
