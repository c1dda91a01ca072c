import { isObject, textOf } from './api-document.ts';
import type { Json, JsonObject } from './api-document.ts';

/** Rewrites of a document that no client can notice. */
export const REWRITES: Readonly<Record<string, (document: JsonObject) => JsonObject>> = {
  'keys in another order': (document) => reorder(document) as JsonObject,
  'references inlined': (document) => inline(document, document, []) as JsonObject,
  'schemas extracted': extract,
  'components renamed': rename,
  'path parameters renamed': renamePathParameters,
  '3.0 rewritten as 3.1': modernize,
  'descriptions changed': (document) => mapObjects(document, describe) as JsonObject,
};

function reorder(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(reorder);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reorder(item as Json)]),
  );
}

/** A reference that leads back to itself stays. */
function inline(value: Json, root: JsonObject, open: readonly string[]): Json {
  if (Array.isArray(value))
    return (value as readonly Json[]).map((item) => inline(item, root, open));
  if (!isObject(value)) return value;
  const { $ref } = value;
  if (typeof $ref === 'string' && !open.includes($ref)) {
    return inline(resolve(root, $ref), root, [...open, $ref]);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, inline(item as Json, root, open)]),
  );
}

function resolve(root: JsonObject, ref: string): Json {
  const parts = ref.slice(2).split('/');
  return parts.reduce<Json>((value, part) => (value as JsonObject)[part] as Json, root);
}

/** Every schema of a property becomes a component of its own. */
function extract(document: JsonObject): JsonObject {
  const schemas: Record<string, Json> = {};
  const moved = mapObjects(document, (object) => {
    const { properties } = object;
    if (!isObject(properties) || object.type !== 'object') return object;
    const entries = Object.entries(properties).map(([name, schema]) => {
      if (isObject(schema) && schema.$ref !== undefined) return [name, schema];
      const component = `Extracted${Object.keys(schemas).length}`;
      schemas[component] = schema as Json;
      return [name, { $ref: `#/components/schemas/${component}` }];
    });
    return { ...object, properties: Object.fromEntries(entries) as JsonObject };
  }) as JsonObject;
  const components = (moved.components ?? {}) as JsonObject;
  const all = { ...(components.schemas as JsonObject | undefined), ...schemas };
  return { ...moved, components: { ...components, schemas: all } };
}

function rename(document: JsonObject): JsonObject {
  const renamed = mapObjects(document, (object) =>
    typeof object.$ref === 'string' ? { ...object, $ref: `${object.$ref}Renamed` } : object,
  ) as JsonObject;
  const components = Object.entries((renamed.components ?? {}) as JsonObject).map(
    ([kind, named]) => [
      kind,
      kind === 'securitySchemes'
        ? named
        : Object.fromEntries(
            Object.entries(named as JsonObject).map(([name, item]) => [`${name}Renamed`, item]),
          ),
    ],
  );
  return { ...renamed, components: Object.fromEntries(components) as JsonObject };
}

function renamePathParameters(document: JsonObject): JsonObject {
  const paths = Object.entries((document.paths ?? {}) as JsonObject).map(([path, item]) => [
    path.replaceAll(/\{([^}]*)\}/g, '{the_$1}'),
    mapObjects(item as Json, (object) =>
      object.in === 'path' ? { ...object, name: `the_${textOf(object.name)}` } : object,
    ),
  ]);
  return { ...document, paths: Object.fromEntries(paths) as JsonObject };
}

function modernize(document: JsonObject): JsonObject {
  if (!textOf(document.openapi).startsWith('3.0')) return document;
  const modern = mapObjects(document, (object) => {
    const { nullable, ...rest } = object;
    const typed = nullable === true ? { ...rest, type: [rest.type as Json, 'null'] } : rest;
    if (rest.exclusiveMinimum !== true) return typed;
    const { minimum, ...bounded } = typed;
    return { ...bounded, exclusiveMinimum: minimum };
  }) as JsonObject;
  return { ...modern, openapi: '3.1.0' };
}

function describe(object: JsonObject): JsonObject {
  return typeof object.description === 'string' ? { ...object, description: 'otherwise' } : object;
}

function mapObjects(value: Json, map: (object: JsonObject) => JsonObject): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => mapObjects(item, map));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, mapObjects(item as Json, map)]);
  return map(Object.fromEntries(entries) as JsonObject);
}
