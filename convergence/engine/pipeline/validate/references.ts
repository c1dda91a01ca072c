import { matchesGlob } from 'node:path';
import { placeFault } from 'base/document/parse-spec.ts';
import { suggest } from 'base/document/nearest.ts';
import type { DocumentPath, YamlDocument } from 'base/document/yaml-document.ts';
import type { StepSpec } from '../spec/pipeline-spec.ts';
import type { Problem } from 'base/document/problem.ts';
import type { SourceSpec } from '../spec/source-spec.ts';
import type { TenantFolder } from './tenant-folder.ts';

/** A file names another one. */
export interface Reference {
  readonly from: YamlDocument;
  readonly path: DocumentPath;
  readonly folder: 'sources' | 'checks' | 'schemas' | 'transforms';
  /** A path, or for transforms also a glob. */
  readonly to: string;
}

/** Everything that files of the folder name of each other. */
export function referencesOf(folder: TenantFolder): Reference[] {
  const pipelines = [...folder.pipelines.values()].flatMap(({ document, spec }) =>
    spec.steps.flatMap((step, index) => referencesOfStep(document, step, ['steps', index])),
  );
  const sources = [...folder.sources.values()].flatMap(({ document, spec }) =>
    referencesOfSource(document, spec),
  );
  const transforms = [...folder.transforms.values()].flatMap(({ document, spec }) =>
    (spec.header.checks ?? []).map((to, index) => ({
      from: document,
      path: ['checks', index],
      folder: 'checks' as const,
      to,
    })),
  );
  return [...pipelines, ...sources, ...transforms];
}

function referencesOfStep(from: YamlDocument, step: StepSpec, path: DocumentPath): Reference[] {
  if (step.type === 'ingest') {
    return [{ from, path: [...path, 'source_config'], folder: 'sources', to: step.source_config }];
  }
  const folder = step.type === 'dq' ? 'checks' : 'transforms';
  const names = step.type === 'dq' ? step.checks : step.transforms;
  return names.map((to, index) => ({ from, path: [...path, folder, index], folder, to }));
}

interface Holder {
  readonly path: DocumentPath;
  readonly load: { readonly schema?: string; readonly checks?: string };
}

function referencesOfSource(from: YamlDocument, source: SourceSpec): Reference[] {
  const defaults = source.type === 'rest_api' ? source.resource_defaults : undefined;
  const holders: Holder[] = [
    { path: ['resource_defaults'], load: defaults ?? {} },
    ...source.resources.map((resource, index) => ({
      path: ['resources', index],
      load: resource as Holder['load'],
    })),
  ];
  return holders.flatMap(({ path, load: { schema, checks } }) => [
    ...(schema
      ? [{ from, path: [...path, 'schema'], folder: 'schemas' as const, to: schema }]
      : []),
    ...(checks ? [{ from, path: [...path, 'checks'], folder: 'checks' as const, to: checks }] : []),
  ]);
}

/** Files that a reference means: one, or as many as its glob finds. */
export function filesMeant(
  { folder, to }: Pick<Reference, 'folder' | 'to'>,
  files: readonly string[],
): string[] {
  const candidates = files.filter((file) => file.startsWith(`${folder}/`));
  const isGlob = folder === 'transforms' && /[*?[{]/.test(to);
  return candidates.filter((file) => (isGlob ? matchesGlob(file, to) : file === to));
}

/** References that lead nowhere. */
export function checkReferences(
  references: readonly Reference[],
  files: readonly string[],
): Problem[] {
  return references
    .filter((reference) => filesMeant(reference, files).length === 0)
    .map((reference) => {
      const { from, path, folder, to } = reference;
      const candidates = files.filter((file) => file.startsWith(`${folder}/`));
      return placeFault(from, {
        path,
        message: `there is no file '${to}'`,
        expected: `a path in ${folder}/`,
        suggestion: suggest(to, candidates) ?? suggest(`${folder}/${to}`, candidates),
      });
    });
}

/** All files that a file leans on, through others too, by path; each with itself first. */
export function closureOf(
  references: readonly Reference[],
  files: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const direct = Map.groupBy(references, (reference) => reference.from.file);
  const reach = (file: string, seen: Set<string>): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const reference of direct.get(file) ?? []) {
      for (const target of filesMeant(reference, files)) reach(target, seen);
    }
    return seen;
  };
  return new Map(files.map((file) => [file, [...reach(file, new Set())]]));
}
