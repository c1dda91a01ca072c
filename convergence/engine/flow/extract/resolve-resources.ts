import { fail } from '../../error-codes.ts';
import type {
  Endpoint,
  Incremental,
  RestResource,
  RestSourceSpec,
  WholeEndpoint,
} from '../../pipeline/spec/rest-source-spec.ts';

/** A resource with defaults merged in and its parent, if it has one, made plain. */
export interface ResolvedResource extends RestResource {
  readonly incremental: Incremental | undefined;
  readonly parent: { readonly name: string; readonly fields: readonly string[] } | null;
}

type Declared = RestSourceSpec['resources'][number];

/**
 * The resources of a source, each after its parent.
 * @throws config_invalid for an unknown parent, two parents, a circle
 */
export function resolveResources(spec: RestSourceSpec): readonly ResolvedResource[] {
  const resources = new Map(
    spec.resources.map((declared) => {
      const resource = resolve(declared, spec.resource_defaults);
      return [resource.name, resource];
    }),
  );
  const ordered = new Map<string, ResolvedResource>();
  for (const name of resources.keys()) placeAfterParent(name, { resources, ordered }, []);
  return [...ordered.values()];
}

function placeAfterParent(
  name: string,
  places: {
    resources: ReadonlyMap<string, ResolvedResource>;
    ordered: Map<string, ResolvedResource>;
  },
  path: readonly string[],
): void {
  const resource = places.resources.get(name);
  if (!resource) {
    throw invalid(
      path.at(-1) ?? name,
      `takes values from '${name}', which the source does not have`,
    );
  }
  if (path.includes(name)) throw invalid(name, `depends on itself: ${[...path, name].join(' > ')}`);
  if (resource.parent) {
    placeAfterParent(resource.parent.name, places, [...path, name]);
  }
  places.ordered.set(name, resource);
}

function resolve(
  declared: Declared,
  defaults: RestSourceSpec['resource_defaults'],
): ResolvedResource {
  const own = 'endpoint' in declared ? declared.endpoint : undefined;
  const endpoint = mergeEndpoints(defaults?.endpoint, own, declared.name);
  const included =
    declared.include_from_parent.length > 0
      ? declared.include_from_parent
      : (defaults?.include_from_parent ?? []);
  const { params, incremental } = readParams(declared.name, endpoint);
  return {
    name: declared.name,
    endpoint: { ...ofSingleEntity(endpoint.path), ...dropUndefined({ ...endpoint, params }) },
    incremental,
    parent: parentOf(declared.name, { ...endpoint, params }, included),
    includeFromParent: included,
  };
}

function mergeEndpoints(
  defaults: Endpoint | undefined,
  own: Endpoint | undefined,
  name: string,
): WholeEndpoint {
  const merged = { ...defaults, ...dropUndefined(own) };
  return {
    ...merged,
    path: own?.path ?? defaults?.path ?? name,
    method: own?.method ?? defaults?.method ?? 'GET',
    headers: { ...defaults?.headers, ...own?.headers },
    params: { ...defaults?.params, ...own?.params },
    json: own?.json || defaults?.json ? { ...defaults?.json, ...own?.json } : undefined,
    response_actions: own?.response_actions.length
      ? own.response_actions
      : (defaults?.response_actions ?? []),
  };
}

function dropUndefined<T extends object>(values: T | undefined): T {
  const entries = Object.entries(values ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

/** A path that ends with a placeholder, as `posts/{id}`, answers with one record, as in dlt. */
function ofSingleEntity(path: string): Pick<Endpoint, 'paginator' | 'data_selector'> {
  const single = /\{[^{}/]+\}[^/]*$/.test(path);
  return single ? { paginator: { type: 'single_page' }, data_selector: '$' } : {};
}

/** `type: incremental` and `type: resolve` become the forms that need no special parameter. */
function readParams(name: string, endpoint: WholeEndpoint) {
  const params: Endpoint['params'] = {};
  let incremental = endpoint.incremental;
  for (const [key, param] of Object.entries(endpoint.params)) {
    if (typeof param !== 'object' || param === null || Array.isArray(param)) {
      params[key] = param;
    } else if (param.type === 'resolve') {
      params[key] = `{resources.${param.resource}.${param.field}}`;
    } else {
      if (incremental) throw invalid(name, `has two incremental cursors; the second is '${key}'`);
      const { type: _, ...fields } = param;
      incremental = { ...fields, start_param: key };
    }
  }
  if (incremental?.start_param) params[incremental.start_param] = '{incremental.start_value}';
  if (incremental?.end_param) params[incremental.end_param] = '{incremental.end_value}';
  return { params, incremental };
}

function parentOf(
  name: string,
  endpoint: WholeEndpoint,
  included: readonly string[],
): ResolvedResource['parent'] {
  const { path, params, headers, json } = endpoint;
  const used = JSON.stringify([path, params, headers, json]).matchAll(
    /\{resources\.([A-Za-z0-9_-]+)\.([^{}"\\]+)\}/g,
  );
  const fields = new Set<string>();
  let parent: string | null = null;
  for (const [, resource = '', field = ''] of used) {
    parent ??= resource;
    if (resource !== parent) {
      throw invalid(
        name,
        `takes values from both '${parent}' and '${resource}'; only one is possible`,
      );
    }
    fields.add(field);
  }
  if (parent !== null) return { name: parent, fields: [...new Set([...fields, ...included])] };
  if (included.length === 0) return null;
  throw invalid(name, `has 'include_from_parent', but takes no value from a parent`);
}

function invalid(resource: string, message: string) {
  return fail('config_invalid', `The resource '${resource}' ${message}`, {
    hint: 'A child names its parent in path, params, headers or json: {resources.<parent>.<field>}.',
  });
}
