import type { DescField } from '@bufbuild/protobuf';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import { joinPath } from './violation.ts';

interface Place {
  readonly message: ReflectMessage;
  /** In the proto's names, empty for the request itself. */
  readonly path: string;
}

/** A message and all messages in it that are set. */
export function* walkMessages(message: ReflectMessage, path = ''): Generator<Place> {
  yield { message, path };
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    for (const [value, at] of valuesOf(message, field)) {
      if (isReflectMessage(value)) yield* walkMessages(value, joinPath(path, at));
    }
  }
}

/** The values of a field with their places: one, or those of a list or map. */
export function* valuesOf(
  message: ReflectMessage,
  field: DescField,
): Generator<[value: unknown, at: string]> {
  if (field.fieldKind === 'list') {
    for (const [index, value] of message.get(field).entries())
      yield [value, `${field.name}[${index}]`];
  } else if (field.fieldKind === 'map') {
    for (const [key, value] of message.get(field))
      yield [value, `${field.name}[${JSON.stringify(key)}]`];
  } else {
    yield [message.get(field), field.name];
  }
}
