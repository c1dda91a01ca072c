import { StatusError } from '../../../protocol/status-error.ts';
import type { Build } from '../resource/build.ts';

/** Filled by triggers; of other builds they are empty. */
const OF_TRIGGERS = [
  'BRANCH_NAME',
  'COMMIT_SHA',
  'REF_NAME',
  'REPO_FULL_NAME',
  'REPO_NAME',
  'REVISION_ID',
  'SHORT_SHA',
  'TAG_NAME',
  'TRIGGER_BUILD_CONFIG_PATH',
  'TRIGGER_NAME',
];
const VARIABLE = /\$(?:\$|\{([^}]*)\}|([A-Z_][A-Z0-9_]*))/g;

type Values = Readonly<Record<string, string>>;

/**
 * The build with `$NAME` and `${NAME}` replaced and `$$` made `$`, where Cloud Build does so
 * (https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values).
 * @throws INVALID_ARGUMENT for names without a value and values without use, unless ALLOW_LOOSE
 */
export function substitute(build: Build): Build {
  const { substitutions = {}, options = {} } = build;
  refuseBadNames(substitutions);
  const used = new Set<string>();
  const isLoose = options.substitutionOption === 'ALLOW_LOOSE';
  const values = valuesOf(build);
  const replaceText = (text: string): string =>
    text.replaceAll(VARIABLE, (whole, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      if (name === undefined) return '$';
      used.add(name);
      return values[name] ?? missing(whole, name, isLoose);
    });
  const replace = <T>(value: T): T => mapTexts(value, replaceText) as T;
  const { images, tags, logsBucket } = build;
  const { automapSubstitutions = false } = options;
  const steps = build.steps.map(({ script, ...step }) => ({
    ...replace(step),
    ...(script !== undefined && { script }),
  }));
  const replaced = { ...build, steps, ...replace({ images, tags, logsBucket, options }) };
  const isMapped = automapSubstitutions || steps.some((step) => step.automapSubstitutions);
  if (!isLoose && !isMapped) refuseUnused(substitutions, used);
  return replaced;
}

/** By name, also those that Cloud Build fills in. */
export function valuesOf({ id, projectId, name, substitutions }: Build): Values {
  return {
    ...Object.fromEntries(OF_TRIGGERS.map((variable) => [variable, ''])),
    PROJECT_ID: projectId,
    PROJECT_NUMBER: projectId,
    BUILD_ID: id,
    LOCATION: name.split('/')[3] ?? '',
    ...substitutions,
  };
}

function missing(whole: string, name: string, isLoose: boolean): string {
  if (!/^[A-Z_][A-Z0-9_]*$/.test(name))
    throw new StatusError(
      'UNIMPLEMENTED',
      `local-cloud does not model the expansion ${whole} in builds; a dollar sign of a shell is written $$`,
    );
  if (isLoose) return '';
  const why = name.startsWith('_')
    ? `key in the template "${name}" is not matched in the substitution data`
    : `key in the template "${name}" is not a valid built-in substitution`;
  throw new StatusError('INVALID_ARGUMENT', `invalid value for 'build.substitutions': ${why}`);
}

function refuseBadNames(substitutions: Values): void {
  const strange = Object.keys(substitutions).find(
    (name) => !/^_[A-Z0-9_]+$/.test(name) && !OF_TRIGGERS.includes(name),
  );
  if (strange === undefined) return;
  throw new StatusError(
    'INVALID_ARGUMENT',
    `invalid value for 'build.substitutions': key "${strange}" is not _ followed by capitals, digits and underscores`,
  );
}

function refuseUnused(substitutions: Values, used: ReadonlySet<string>): void {
  const unused = Object.keys(substitutions).find((name) => !used.has(name));
  if (unused === undefined) return;
  throw new StatusError(
    'INVALID_ARGUMENT',
    `invalid value for 'build.substitutions': key "${unused}" in the substitution data is not matched in the template`,
  );
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, map));
  if (typeof value !== 'object' || value === null) return value;
  const given = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(given.map(([key, one]) => [key, mapTexts(one, map)]));
}
