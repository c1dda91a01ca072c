import type { DescMessage } from '@bufbuild/protobuf';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import type { FieldMask } from '@bufbuild/protobuf/wkt';
import type { Method } from '../descriptor/method.ts';
import type { Violation } from './violation.ts';

export interface Mask {
  /** The request's field that the mask is about, such as `service`. */
  readonly resource: string;
  /** In the proto's names; `*` for everything. */
  readonly paths: readonly string[];
}

/** The request's update mask; null when it has none or an empty one, which means everything. */
export function readMask(method: Method, request: ReflectMessage): Mask | null {
  const resource = method.bindings[0]?.body;
  const field = request.desc.fields.find(({ name }) => name === 'update_mask');
  if (field?.fieldKind !== 'message' || !resource || !request.isSet(field)) return null;
  const { paths } = request.get(field).message as FieldMask;
  return paths.length === 0 ? null : { resource, paths };
}

/** Paths that the resource does not have (AIP-161: only the last part may be repeated). */
export function findUnknownPaths(request: ReflectMessage, mask: Mask): readonly Violation[] {
  const resource = request.desc.fields.find(({ name }) => name === mask.resource)?.message;
  if (resource === undefined) return [];
  return mask.paths
    .filter((path) => path !== '*' && !hasPath(resource, path.split('.')))
    .map((path) => ({
      field: 'update_mask',
      description: `${resource.typeName} has no field ${JSON.stringify(path)}: expected names as the proto writes them, such as ${resource.fields[0]?.name ?? ''}`,
    }));
}

function hasPath(desc: DescMessage, [first, ...rest]: readonly string[]): boolean {
  const field = desc.fields.find(({ name }) => name === first);
  if (field === undefined) return false;
  if (rest.length === 0) return true;
  return field.fieldKind === 'message' && hasPath(field.message, rest);
}
