import type { Fault } from 'base/document/explain-issue.ts';
import { expressionsIn, unknownName } from '../document/expression.ts';
import type { Expression } from '../document/expression.ts';
import { RUN_VALUE_NAMES } from '../run-values.ts';
import { placeFault } from 'base/document/parse-spec.ts';
import type { DocumentPath, YamlDocument } from 'base/document/yaml-document.ts';
import type { Problem } from 'base/document/problem.ts';
import { filesMeant } from './references.ts';
import type { Reference } from './references.ts';
import type { TenantFolder } from './tenant-folder.ts';

interface PlacedExpression extends Expression {
  readonly path: DocumentPath;
}

export interface ValueCheck {
  readonly references: readonly Reference[];
  readonly leansOn: ReadonlyMap<string, readonly string[]>;
  readonly secretNames: readonly string[];
}

const always: readonly string[] = RUN_VALUE_NAMES;

/** Names in `{{ }}` that will have no value when a run asks for it. */
export function checkValues(folder: TenantFolder, check: ValueCheck): Problem[] {
  const secrets = check.secretNames.map((name) => `secrets.${name}`);
  return [...folder.documents].flatMap(([file, document]) => {
    if (file.startsWith('pipelines/')) {
      const names = [...paramNames(document), ...always, ...secrets];
      return [
        ...checkDefaults(document),
        ...checkNames(document, names),
        ...checkUses(folder, document, check),
      ];
    }
    // Which params there are is known by the pipelines that use a source or a check.
    if (file.startsWith('sources/')) return checkNames(document, [...always, ...secrets], isParam);
    return file.startsWith('checks/') ? checkNames(document, always, isParam) : [];
  });
}

function paramNames(document: YamlDocument): string[] {
  return Object.keys(parametersOf(document)).map((name) => `params.${name}`);
}

function parametersOf(document: YamlDocument): object {
  const { value } = document;
  const holds = typeof value === 'object' && value !== null && 'parameters' in value;
  const parameters = holds ? value.parameters : null;
  return typeof parameters === 'object' && parameters !== null ? parameters : {};
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
function checkDefaults(document: YamlDocument): Problem[] {
  return expressionsOf(parametersOf(document)).map(({ path, text }) =>
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
  document: YamlDocument,
  { references, leansOn }: ValueCheck,
): Problem[] {
  const declared = paramNames(document);
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
  if (!/^(sources|checks)\//.test(file)) return [];
  return expressionsOf(folder.documents.get(file)?.value)
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
