import type { Fault } from '../document/explain-issue.ts';
import { expressionsIn, unknownName } from '../document/expression.ts';
import type { Expression } from '../document/expression.ts';
import { placeFault } from '../document/parse-spec.ts';
import type { DocumentPath, YamlDocument } from '../document/yaml-document.ts';
import type { PipelineSpec } from '../pipeline-spec.ts';
import type { Problem } from '../problem.ts';
import { filesMeant } from './references.ts';
import type { Reference } from './references.ts';
import type { LoadedFile, TenantFolder } from './tenant-folder.ts';

interface PlacedExpression extends Expression {
  readonly path: DocumentPath;
}

export interface ValueCheck {
  readonly references: readonly Reference[];
  readonly leansOn: ReadonlyMap<string, readonly string[]>;
  readonly secretNames: readonly string[];
}

const always = ['run.date', 'run.id', 'tenant.id'];

/** Names in `{{ }}` that will have no value when a run asks for it. */
export function checkValues(folder: TenantFolder, check: ValueCheck): Problem[] {
  const secrets = check.secretNames.map((name) => `secrets.${name}`);
  const problems: Problem[] = [];
  for (const { document, spec } of folder.pipelines.values()) {
    const params = paramNames(spec);
    problems.push(
      ...checkDefaults(document, spec),
      ...checkNames(document, [...params, ...always, ...secrets]),
      ...checkUses(folder, { document, spec }, check),
    );
  }
  // Which params there are is known by the pipelines that use a source or a check.
  for (const { document } of folder.sources.values()) {
    problems.push(...checkNames(document, [...always, ...secrets], isParam));
  }
  for (const { document } of folder.checks.values()) {
    problems.push(...checkNames(document, always, isParam));
  }
  return problems;
}

function paramNames(spec: PipelineSpec): string[] {
  return Object.keys(spec.parameters).map((name) => `params.${name}`);
}

function isParam(name: string): boolean {
  return /^params\.[A-Za-z_][A-Za-z0-9_-]*$/.test(name);
}

function checkNames(
  document: YamlDocument,
  known: readonly string[],
  isKnown = (name: string) => known.includes(name),
): Problem[] {
  const unknown = expressionsOf(document.value).filter(
    ({ name, path }) => !known.includes(name) && !isKnown(name) && path[0] !== 'parameters',
  );
  return unknown.map(({ path, name }) => {
    const secret = name.startsWith('secrets.');
    const fault: Fault = { path, ...unknownName(name, known) };
    return placeFault(document, secret ? { ...fault, ...sayOfSecret(name, known) } : fault);
  });
}

/** A secret that is missing wants a file, not another name. */
function sayOfSecret(name: string, known: readonly string[]): Partial<Fault> {
  const bare = name.slice('secrets.'.length);
  if (!known.some((other) => other.startsWith('secrets.'))) {
    return { message: `there is no secret '${bare}'`, expected: `a file secrets/${bare}` };
  }
  return { message: `there is no secret '${bare}'` };
}

/** A default is used as it is written. */
function checkDefaults(document: YamlDocument, spec: PipelineSpec): Problem[] {
  return expressionsOf(spec.parameters).map(({ path, text }) =>
    placeFault(document, {
      path: ['parameters', ...path],
      message: `${text} is not replaced in a default`,
      expected: 'a fixed value',
    }),
  );
}

/** Parameters that files under a pipeline use and the pipeline does not declare. */
function checkUses(
  folder: TenantFolder,
  { document, spec }: LoadedFile<PipelineSpec>,
  { references, leansOn }: ValueCheck,
): Problem[] {
  const declared = paramNames(spec);
  const own = references.filter((reference) => reference.from.file === document.file);
  return own.flatMap((reference) => {
    const files = filesMeant(reference, folder.files).flatMap((file) => leansOn.get(file) ?? []);
    const used = new Set(files.flatMap((file) => usedParams(folder, file)));
    return [...used]
      .filter((name) => !declared.includes(name))
      .map((name) =>
        placeFault(document, {
          path: reference.path,
          message: `'${reference.to}' uses {{ ${name} }}, which this pipeline does not declare`,
          ...(declared.length > 0 && { expected: declared.join(', ') }),
          suggestion: `add '${name.slice('params.'.length)}' under parameters`,
        }),
      );
  });
}

function usedParams(folder: TenantFolder, file: string): string[] {
  const document = folder.sources.get(file)?.document ?? folder.checks.get(file)?.document;
  return expressionsOf(document?.value)
    .map((found) => found.name)
    .filter(isParam);
}

function expressionsOf(value: unknown, path: DocumentPath = []): PlacedExpression[] {
  if (typeof value === 'string') return expressionsIn(value).map((found) => ({ ...found, path }));
  if (Array.isArray(value))
    return value.flatMap((item, index) => expressionsOf(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => expressionsOf(inner, [...path, key]));
}
