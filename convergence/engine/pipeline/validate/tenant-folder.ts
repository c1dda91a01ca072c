import type { z } from 'zod';
import { checkSpec } from '../spec/check-spec.ts';
import type { CheckSpec } from '../spec/check-spec.ts';
import type { ConfigFiles } from '../config-store.ts';
import { parseConfig } from '../document/parse-config.ts';
import { salvageSpec } from 'base/document/salvage-spec.ts';
import type { Salvaged } from 'base/document/salvage-spec.ts';
import { readYaml } from 'base/document/yaml-document.ts';
import type { YamlDocument } from 'base/document/yaml-document.ts';
import { pipelineSpec } from '../spec/pipeline-spec.ts';
import type { PipelineSpec } from '../spec/pipeline-spec.ts';
import type { Problem } from 'base/document/problem.ts';
import { sourceSpec } from '../spec/source-spec.ts';
import type { SourceSpec } from '../spec/source-spec.ts';
import { tableSpec } from '../spec/table-spec.ts';
import type { TableSpec } from '../spec/table-spec.ts';
import type { TransformSpec } from '../spec/transform-spec.ts';
import { withDefaultTypes } from './default-type.ts';
import { withOwnRuleNames } from './rule-alias.ts';
import { readTransform } from './transform-file.ts';

/** A file that could be parsed, with the document that knows its places. */
export interface LoadedFile<T> {
  readonly document: YamlDocument;
  readonly spec: T;
  /** False: parts with mistakes are left out. Fit to be checked further, never to run. */
  readonly isWhole: boolean;
}

export type Loaded<T> = ReadonlyMap<string, LoadedFile<T>>;

/** A tenant's folder, each file by itself: not yet checked against the others. */
export interface TenantFolder {
  /** Paths of all files, also of those that could not be parsed. */
  readonly files: readonly string[];
  /** Documents that are YAML at least, by path. */
  readonly documents: ReadonlyMap<string, YamlDocument>;
  readonly pipelines: Loaded<PipelineSpec>;
  readonly sources: Loaded<SourceSpec>;
  readonly checks: Loaded<CheckSpec>;
  readonly schemas: Loaded<TableSpec>;
  readonly transforms: Loaded<TransformSpec>;
  readonly problems: readonly Problem[];
}

interface Reading<T> {
  readonly document: YamlDocument | null;
  readonly spec: T | null;
  /** What is left of a file with mistakes. */
  readonly salvaged?: Salvaged<T> | null;
  readonly problems: readonly Problem[];
}

const yaml = /\.(ya?ml|json)$/;

/** Parses every file by the schema of the folder that it lies in. */
export function readFolder(files: ConfigFiles): TenantFolder {
  const documents = new Map<string, YamlDocument>();
  const problems: Problem[] = [];
  const read = <T>(folder: string, ending: RegExp, readFile: ReadFile<T>): Loaded<T> => {
    const loaded = new Map<string, LoadedFile<T>>();
    for (const [path, text] of files) {
      if (!path.startsWith(`${folder}/`) || isRemark(path)) continue;
      const reading = ending.test(path) ? readFile(path, text) : wrongEnding(path, folder);
      problems.push(...reading.problems);
      if (reading.document) documents.set(path, reading.document);
      if (reading.document && reading.spec) {
        loaded.set(path, { document: reading.document, spec: reading.spec, isWhole: true });
      } else if (reading.salvaged) {
        loaded.set(path, { ...reading.salvaged, isWhole: false });
      }
    }
    return loaded;
  };
  return {
    files: [...files.keys()],
    documents,
    pipelines: read('pipelines', yaml, yamlReader(pipelineSpec)),
    sources: read('sources', yaml, yamlReader(sourceSpec, withDefaultTypes)),
    checks: read('checks', yaml, yamlReader(checkSpec, withOwnRuleNames)),
    schemas: read('schemas', yaml, yamlReader(tableSpec)),
    transforms: read('transforms', /\.sql$/, readTransform),
    problems,
  };
}

type ReadFile<T> = (file: string, text: string) => Reading<T>;

function yamlReader<T>(
  schema: z.ZodType<T>,
  prepare: (value: unknown) => unknown = (value) => value,
): ReadFile<T> {
  return (file, text) => {
    const { document, problems } = readYaml(file, text);
    if (!document) return { document, spec: null, problems };
    const prepared = { ...document, value: prepare(document.value) };
    const parsed = parseConfig(prepared, schema);
    return {
      document,
      spec: parsed.value,
      salvaged: parsed.value ? null : salvageSpec(prepared, schema),
      problems: [...problems, ...parsed.problems],
    };
  };
}

/** Hidden files, editors' copies and notes for people are no configs. */
function isRemark(path: string): boolean {
  return /(^|\/)\.|~$|\.md$/i.test(path);
}

function wrongEnding(file: string, folder: string): Reading<never> {
  const expected =
    folder === 'transforms' ? 'a name that ends in .sql' : 'a name that ends in .yml';
  const message = 'the file is not read because of its name';
  const problems = [{ file, line: 1, column: 1, path: '', message, expected }];
  return { document: null, spec: null, problems };
}

/** Names in a list of a document, also of items that have mistakes: others may rely on them. */
export function namesIn(document: YamlDocument | undefined, list: string): string[] {
  const value = document?.value as Record<string, unknown> | null | undefined;
  const items = value?.[list];
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const name = typeof item === 'object' && item !== null && 'name' in item ? item.name : item;
    return typeof name === 'string' ? [name] : [];
  });
}
