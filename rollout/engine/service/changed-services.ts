import type { ServiceSpec } from './rollout-spec.ts';

/**
 * The services that changed files belong to, in shipping order. A service without paths is changed
 * by any file. `files`: relative to the folder of rollout.yaml, with forward slashes.
 */
export function changedServices(
  services: readonly ServiceSpec[],
  files: readonly string[],
): readonly ServiceSpec[] {
  return services.filter(({ paths }) => {
    if (paths.length === 0) return files.length > 0;
    const patterns = paths.map(toPattern);
    return files.some((file) => patterns.some((pattern) => pattern.test(file)));
  });
}

/** Whether a branch is one of those; none at all: any is. */
export function matchesBranch(globs: readonly string[], branch: string): boolean {
  return globs.length === 0 || globs.some((glob) => toPattern(glob).test(branch));
}

/**
 * `*` and `?` stay within a folder, `**` goes through any number of them; a folder stands for all
 * that is in it.
 */
function toPattern(glob: string): RegExp {
  const source = glob
    .replace(/^\.\//, '')
    .replace(/\/+$/, '')
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => WILD[part] ?? part.replaceAll(/[^A-Za-z0-9_/-]/g, String.raw`\$&`))
    .join('');
  return new RegExp(`^${source}(/.*)?$`);
}

const WILD: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
};
