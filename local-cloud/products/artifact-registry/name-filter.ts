import { StatusError } from '../../protocol/status-error.ts';

/**
 * `name="projects/p/…/tags/v*"`, where a star stands for any characters and case does not matter;
 * empty takes all. @throws UNIMPLEMENTED for all other filters
 */
export function readNameFilter(filter: string | undefined): (name: string) => boolean {
  if (!filter) return () => true;
  const [, pattern] = /^\s*name\s*=\s*"([^"]*)"\s*$/.exec(filter) ?? [];
  if (pattern === undefined)
    throw new StatusError('UNIMPLEMENTED', `local-cloud models name="…" and no filter ${filter}`);
  const parts = pattern.toLowerCase().split('*');
  return (name) => matches(name.toLowerCase(), parts);
}

/** `parts` are what stands between the stars. */
function matches(name: string, [first = '', ...rest]: readonly string[]): boolean {
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - at >= last.length && name.endsWith(last);
}
