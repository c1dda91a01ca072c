export interface Fields {
  readonly [field: string]: unknown;
}

/**
 * The stored resource with the masked fields of the sent one; without a mask, or with `*`, the sent
 * one as it is. What is masked and not sent is taken away. The mask is in JSON: `a,b.c`.
 */
export function applyPaths(stored: Fields, sent: Fields, mask: string | undefined): Fields {
  const paths = (mask ?? '').split(',').filter((path) => path !== '');
  if (paths.length === 0 || paths.includes('*')) return sent;
  return paths.reduce<Fields>((fields, path) => copyPath(fields, sent, path.split('.')), stored);
}

function copyPath(into: Fields, from: Fields, [first = '', ...rest]: readonly string[]): Fields {
  const { [first]: old, ...others } = into;
  const sent = from[first];
  const value = rest.length === 0 ? sent : copyPath(asFields(old), asFields(sent), rest);
  return value === undefined ? others : { ...others, [first]: value };
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}
