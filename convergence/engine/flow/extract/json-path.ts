import { fail } from '../../error-codes.ts';

export type JsonStep =
  | { readonly key: string }
  | { readonly index: number }
  | { readonly every: 'item' | 'member' };

const STEP =
  /^(?:\[\*\]|\.?\*|\[(-?\d+)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]|\.?"((?:[^"\\]|\\.)*)"|\.?([^.[\]"'*?()\s,:][^.[\]"'*?()\s,]*))/;

/**
 * The part of JSONPath (RFC 9535) that selects by name, index and wildcard; dlt's form without the
 * leading `$` too: `a.b`, `$.a[0]`, `items[*].id`, `$['a b']`, `"@odata.nextLink"`, `$`.
 * @throws config_invalid for filters, slices, unions and `..`
 */
export function parseJsonPath(text: string): readonly JsonStep[] {
  const steps: JsonStep[] = [];
  let rest = text.trim().replace(/^\$/, '').replaceAll('.[', '[');
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (!match) throw unsupported(text, rest);
    steps.push(toStep(match));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function toStep(match: RegExpExecArray): JsonStep {
  const [whole, index, ...names] = match;
  if (index !== undefined) return { index: Number(index) };
  const bare = names[3];
  if (bare !== undefined) return { key: bare };
  const quoted = names.find((name) => name !== undefined);
  if (quoted !== undefined) return { key: quoted.replaceAll(/\\(.)/g, '$1') };
  return { every: whole === '[*]' ? 'item' : 'member' };
}

function unsupported(text: string, rest: string) {
  return fail('config_invalid', `The JSONPath '${text}' cannot be read at '${rest}'`, {
    hint: "Use names, indexes and wildcards: $.data.items, items[0].id, groups[*].users, ['a b'].",
  });
}
