import { StatusError } from '../../protocol/status-error.ts';

/**
 * `FIELD:VALUE` (has) and `FIELD=VALUE` (is), with `labels.KEY` for labels, joined by AND: the part
 * of https://cloud.google.com/secret-manager/docs/filtering that is modelled.
 */
export function readFilter(filter = '', fields: readonly string[]): (resource: object) => boolean {
  const terms = filter.split(/\s+AND\s+/).filter((term) => term !== '');
  const tests = terms.map((term) => readTerm(term.trim(), fields));
  return (resource) => tests.every((isTrue) => isTrue(resource));
}

function readTerm(term: string, fields: readonly string[]): (resource: object) => boolean {
  const [, path = '', operator, value = ''] =
    /^([\w.-]+)\s*([:=])\s*"?([^"\s]*)"?$/.exec(term) ?? [];
  const [field = '', key] = path.split(/\.(.*)/s);
  if (!fields.includes(field))
    throw new StatusError('UNIMPLEMENTED', `local-cloud does not model the filter ${term}`);
  return (resource) => {
    const found = valueOf(resource, field);
    const text = key === undefined ? found : valueOf(found, key);
    if (typeof text !== 'string') return false;
    return operator === '=' ? text === value : text.includes(value);
  };
}

function valueOf(resource: unknown, key: string): unknown {
  return new Map<string, unknown>(Object.entries(resource ?? {})).get(key);
}
