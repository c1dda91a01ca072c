import { getExtension, hasExtension, toJson } from '@bufbuild/protobuf';
import type {
  DescField,
  DescFile,
  DescMessage,
  DescMethod,
  Message,
  Registry,
} from '@bufbuild/protobuf';

/**
 * An option such as `google.api.http` as JSON: an object, or the numbers of an enum. Undefined
 * where it is not set. The option's own proto fixes the shape.
 */
export function readOption(
  registry: Registry,
  of: DescField | DescFile | DescMessage | DescMethod,
  name: string,
): unknown {
  const extension = registry.getExtension(name);
  const options = of.proto.options;
  if (extension === undefined || options === undefined) return undefined;
  if (!hasExtension(options, extension)) return undefined;
  const value: unknown = getExtension(options, extension);
  if (extension.message === undefined) return value;
  const { message } = extension;
  const jsonOf = (one: unknown): unknown => toJson(message, one as Message, { registry });
  return Array.isArray(value) ? value.map(jsonOf) : jsonOf(value);
}
