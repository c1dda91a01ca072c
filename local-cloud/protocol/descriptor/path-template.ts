/** A path template of google/api/http.proto, routing.proto or resource.proto. */
export interface PathTemplate {
  readonly text: string;
  /** Field paths such as `service.name`, in the template's order. */
  readonly variables: readonly string[];
  /** What the variables stand for in this path; null when the path is another. */
  match(path: string): Readonly<Record<string, string>> | null;
  /** What one variable may be, `projects/*` of `{name=projects/*}`; null when it is not here. */
  variable(name: string): PathTemplate | null;
}

/**
 * Understands `*`, `**`, `{field}`, `{field=a/*}` and a custom verb such as `:wait` at the end.
 * The last segment of an HTTP path takes no colon, because what follows one is a verb.
 */
export function parsePathTemplate(text: string): PathTemplate {
  const parts = new Map<string, string>();
  let pattern = '';
  for (const [, name, inner, outside] of text.matchAll(/\{([^}=]+)(?:=([^}]*))?\}|([^{]+)/g)) {
    if (outside !== undefined) pattern += segmentsPattern(outside);
    if (name === undefined) continue;
    parts.set(name, inner ?? '*');
    pattern += `(${segmentsPattern(inner ?? '*')})`;
  }
  const closed = text.startsWith('/') ? pattern.replace(/\[\^\/\]\+(\)?)$/, '[^/:]+$1') : pattern;
  const whole = new RegExp(`^${closed}$`);
  const variables = [...parts.keys()];
  const variable = (name: string): PathTemplate | null => {
    const part = parts.get(name);
    return part === undefined ? null : parsePathTemplate(part);
  };
  return { text, variables, match: (path) => bind(variables, whole.exec(path)), variable };
}

const wildcards: Readonly<Record<string, string>> = {
  '/**': '(?:/.*)?',
  '**': '.*',
  '*': '[^/]+',
};

function segmentsPattern(text: string): string {
  return text.replace(
    /\/\*\*$|\*\*|\*|[.+?^$()|[\]\\]/g,
    (token) => wildcards[token] ?? `\\${token}`,
  );
}

function bind(
  variables: readonly string[],
  found: RegExpExecArray | null,
): Readonly<Record<string, string>> | null {
  if (found === null) return null;
  return Object.fromEntries(variables.map((name, index) => [name, found[index + 1] ?? '']));
}
