import { getExtension, hasExtension, toJson } from '@bufbuild/protobuf';
import type { DescField, DescFile, DescMessage, DescMethod, Registry } from '@bufbuild/protobuf';

/**
 * An option such as `google.api.http` as JSON: an object, or the numbers of an enum. Undefined
 * where it is not set. The caller says the shape, which the option's own proto fixes.
 */
export function readOption<Shape>(
  registry: Registry,
  of: DescField | DescFile | DescMessage | DescMethod,
  name: string,
): Shape | undefined {
  const extension = registry.getExtension(name);
  const options = of.proto.options;
  if (extension === undefined || options === undefined) return undefined;
  if (!hasExtension(options, extension)) return undefined;
  const value: unknown = getExtension(options, extension);
  if (extension.message === undefined) return value as Shape;
  const jsonOf = (one: unknown): unknown =>
    toJson(extension.message as DescMessage, one as never, { registry });
  return (Array.isArray(value) ? value.map(jsonOf) : jsonOf(value)) as Shape;
}
