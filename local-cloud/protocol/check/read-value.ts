import type { ReflectMessage } from '@bufbuild/protobuf/reflect';

/** The text at a field path such as `service.name`; empty when it or its message is not set. */
export function readText(request: ReflectMessage, path: string): string {
  const [first, ...rest] = path.split('.');
  const field = request.desc.fields.find(({ name }) => name === first);
  if (field === undefined || !request.isSet(field)) return '';
  if (field.fieldKind === 'message') return readText(request.get(field), rest.join('.'));
  const value: unknown = request.get(field);
  return typeof value === 'string' ? value : '';
}
