import type { Binding, Method } from '../descriptor/method.ts';
import { StatusError } from '../status-error.ts';

export interface PathRow {
  readonly method: Method;
  readonly binding: Binding;
}

export interface PathMatch extends PathRow {
  /** By field path, decoded. */
  readonly variables: Readonly<Record<string, string>>;
}

/** All ways in which REST reaches a method, the closest template first. */
export function buildPathTable(methods: readonly Method[]): readonly PathRow[] {
  return methods
    .flatMap((method) => method.bindings.map((binding) => ({ method, binding })))
    .toSorted((a, b) => closeness(b) - closeness(a));
}

/** The row for this verb and raw path; null when no method is there. */
export function matchPath(table: readonly PathRow[], verb: string, path: string): PathMatch | null {
  for (const row of table) {
    if (row.binding.verb !== verb) continue;
    const found = row.binding.path.match(path);
    if (found !== null) return { ...row, variables: decode(row, found) };
  }
  return null;
}

/** Templates overlap only where one has `**` and the other says more. */
function closeness({ binding }: PathRow): number {
  const { text } = binding.path;
  return text.length - (text.includes('**') ? 1000 : 0);
}

/** A variable of several segments keeps its encoded slashes, as google/api/http.proto says. */
function decode(
  { binding }: PathRow,
  found: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const entries = Object.entries(found).map(([name, value]) => {
    const single = binding.path.variable(name)?.text === '*';
    return [name, decodeText(single ? value : value.replaceAll(/%2f/gi, '%252F'))];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StatusError('INVALID_ARGUMENT', `${text} in the path is not percent-encoded UTF-8`);
  }
}
