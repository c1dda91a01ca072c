import type { Fault } from 'base/document/explain-issue.ts';
import { suggest } from 'base/document/nearest.ts';
import { placeFault } from 'base/document/parse-spec.ts';
import { orList, showValue } from 'base/document/show-value.ts';
import type { DocumentPath } from 'base/document/yaml-document.ts';
import type { FileSourceSpec, ObjectSourceSpec } from '../spec/file-source-spec.ts';
import type { SourceSpec } from '../spec/source-spec.ts';
import type { Problem } from 'base/document/problem.ts';
import type { RestSourceSpec } from '../spec/rest-source-spec.ts';
import { findCycle } from './find-cycle.ts';
import { namesIn } from './tenant-folder.ts';
import type { TenantFolder } from './tenant-folder.ts';

type RestResourceSpec = RestSourceSpec['resources'][number];
type NamedFault = readonly [name: string, path: DocumentPath];

/** What must hold within each source. */
export function checkSources(folder: TenantFolder): Problem[] {
  return [...folder.sources.values()].flatMap(({ document, spec }) =>
    [
      ...checkNames(spec.resources.map((resource) => resource.name)),
      ...checkMergeKeys(folder, spec),
      ...checkKind(spec, namesIn(folder.documents.get(document.file), 'resources')),
    ].map((fault) => placeFault(document, fault)),
  );
}

function checkKind(spec: SourceSpec, names: readonly string[]): Fault[] {
  if (spec.type === 'rest_api') return checkRest(spec, names);
  return spec.type === 'file' ? checkFiles(spec) : checkObjects(spec);
}

function checkNames(names: readonly string[]): Fault[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: ['resources', index, 'name'],
            message: `two resources are named '${name}'`,
            expected: 'a name of its own for each resource',
          },
        ],
  );
}

function checkMergeKeys(folder: TenantFolder, source: SourceSpec): Fault[] {
  const defaults = source.type === 'rest_api' ? source.resource_defaults : undefined;
  return source.resources.flatMap((resource, index) => {
    const load = { ...defaults, ...resource };
    const schema = load.schema ? folder.schemas.get(load.schema)?.spec : undefined;
    // A schema file that is absent or broken has its own problem, and might hold the key.
    const mayHaveKey = load.primary_key ?? schema?.primary_key ?? (load.schema && !schema);
    if (load.write_disposition !== 'merge' || mayHaveKey) return [];
    return [
      {
        path: ['resources', index, 'write_disposition'],
        message: `'${resource.name}' merges without a primary_key`,
        expected: 'primary_key with the column or columns that tell rows apart',
      },
    ];
  });
}

function checkRest(source: RestSourceSpec, names: readonly string[]): Fault[] {
  const parents = new Map(
    source.resources.map((resource, index) => [resource.name, parentsOf(resource, index)]),
  );
  const unknown = [...parents.values()].flat().flatMap(([name, path]) => {
    if (names.includes(name)) return [];
    const expected = `one of ${orList(names)}`;
    const suggestion = suggest(name, names);
    return [{ path, message: `there is no resource '${name}'`, expected, suggestion }];
  });
  const cycle = findCycle(
    new Map([...parents].map(([name, list]) => [name, list.map(([parent]) => parent)])),
  );
  return [
    ...checkBaseUrl(source.client.base_url),
    ...unknown,
    ...(cycle ? [cycleFault(source, cycle)] : []),
    ...source.resources.flatMap((resource, index) => checkInclusion(resource, index)),
  ];
}

function checkBaseUrl(url: string): Fault[] {
  if (url.includes('{{') || /^https?:\/\/[^/\s]/i.test(url)) return [];
  const path = ['client', 'base_url'];
  const message = `'base_url' is ${showValue(path, url)}`;
  return [{ path, message, expected: 'an address that begins with https:// or http://' }];
}

/** Resources whose fields this one needs: by `type: resolve`, or as {resources.name.field}. */
function parentsOf(resource: RestResourceSpec, index: number): NamedFault[] {
  const endpoint = 'endpoint' in resource ? resource.endpoint : undefined;
  if (!endpoint) return [];
  const path: DocumentPath = ['resources', index, 'endpoint'];
  const resolved = Object.entries(endpoint.params).flatMap(([name, param]): NamedFault[] =>
    isResolve(param) ? [[param.resource, [...path, 'params', name, 'resource']]] : [],
  );
  return [...resolved, ...placeholders(endpoint, path)];
}

function isResolve(param: unknown): param is { resource: string } {
  return typeof param === 'object' && param !== null && 'resource' in param;
}

function placeholders(value: unknown, path: DocumentPath): NamedFault[] {
  if (typeof value === 'string') {
    const found = value.matchAll(/\{resources\.([^.{}]+)\.[^{}]+\}/g);
    return [...found].map((match): NamedFault => [match[1] ?? '', path]);
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => placeholders(inner, [...path, key]));
}

function checkInclusion(resource: RestResourceSpec, index: number): Fault[] {
  if (resource.include_from_parent.length === 0 || parentsOf(resource, index).length > 0) return [];
  const path = ['resources', index, 'include_from_parent'];
  const message = `'${resource.name}' has no parent to include fields from`;
  return [{ path, message, expected: 'a {resources.parent.field} in its endpoint' }];
}

function cycleFault(source: RestSourceSpec, cycle: readonly string[]): Fault {
  const index = source.resources.findIndex((resource) => resource.name === cycle[0]);
  const path = ['resources', index, 'endpoint'];
  const message = `resources are parents of each other: ${cycle.join(' -> ')}`;
  return { path, message, expected: 'resources without a circle' };
}

function checkFiles(source: FileSourceSpec): Fault[] {
  return source.resources.flatMap((resource, index) =>
    resource.path.flatMap((path, position) =>
      /^([/\\~]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)|^(\.\/)*secrets(\/|$)/i.test(path)
        ? [
            {
              path: ['resources', index, 'path', position],
              message: `'${path}' is not in the folder of the tenant`,
              expected: 'a relative path such as data/*.csv, without .. and not in secrets/',
            },
          ]
        : [],
    ),
  );
}

/** Where they lie; those of the platform are for Cloud Storage only. */
function checkObjects({ resources, credentials }: ObjectSourceSpec): Fault[] {
  const scheme = credentials && 'access_key_id' in credentials ? 's3' : 'gs';
  const isPlace = new RegExp(`^${scheme}://[a-z0-9][a-z0-9._-]*/.`);
  return resources.flatMap((resource, index) =>
    resource.path.flatMap((path, position) => {
      // What an expression stands for is known when it runs.
      if (path.startsWith('{{') || isPlace.test(path.replaceAll(/\{\{.*?\}\}/g, 'x'))) return [];
      const lacks = path.startsWith('s3://') ? '; s3:// needs credentials' : '';
      const message = `'${path}' is no place in object storage that this source can read`;
      const expected = `${scheme}://bucket/path, where the path may be a glob${lacks}`;
      return [{ path: ['resources', index, 'path', position], message, expected }];
    }),
  );
}
