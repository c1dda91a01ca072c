import { applyPaths } from '../../protocol/apply-paths.ts';
import type { Fields } from '../../protocol/apply-paths.ts';
import { refuseFields } from '../../protocol/check/violation.ts';
import { StatusError } from '../../protocol/status-error.ts';

/** google.devtools.artifactregistry.v1.Repository, as far as anything here looks at it. */
export interface Repository {
  readonly name: string;
  readonly format: string;
  readonly mode: string;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly dockerConfig?: { readonly immutableTags?: boolean };
  /** RFC 3339. */
  readonly createTime: string;
  readonly updateTime: string;
  readonly [field: string]: unknown;
}

const STANDARD = 'STANDARD_REPOSITORY';
const FIXED = ['name', 'format', 'mode', 'kmsKeyName', 'createTime', 'updateTime'] as const;

/** @throws INVALID_ARGUMENT, UNIMPLEMENTED */
export function makeRepository(name: string, sent: Fields, at: string): Repository {
  const id = name.slice(name.lastIndexOf('/') + 1);
  if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(id)) {
    const description = `is ${JSON.stringify(id)}: expected at most 63 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen`;
    throw refuseFields([{ field: 'repository_id', description }]);
  }
  const { format = '', mode = STANDARD } = sent as Partial<Repository>;
  if (format === '') {
    const description = 'required, but missing: expected a format such as DOCKER';
    throw refuseFields([{ field: 'repository.format', description }]);
  }
  if (mode !== STANDARD)
    throw new StatusError('UNIMPLEMENTED', `local-cloud does not model the mode ${mode}`);
  return { ...sent, name, format, mode, createTime: at, updateTime: at };
}

/** @throws INVALID_ARGUMENT for what a repository keeps all its life */
export function changeRepository(
  stored: Repository,
  sent: Fields,
  { mask, at }: { readonly mask: string | undefined; readonly at: string },
): Repository {
  const wanted: Fields = applyPaths(stored, { ...fixedOf(stored), ...sent }, mask);
  const changed = FIXED.filter((field) => wanted[field] !== stored[field]);
  if (changed.length > 0) {
    const description = 'cannot be changed after the repository was created';
    throw refuseFields(changed.map((field) => ({ field: `repository.${field}`, description })));
  }
  return { ...(wanted as Repository), updateTime: at };
}

function fixedOf(stored: Repository): Fields {
  return Object.fromEntries(
    FIXED.flatMap((field) => (field in stored ? [[field, stored[field]]] : [])),
  );
}
