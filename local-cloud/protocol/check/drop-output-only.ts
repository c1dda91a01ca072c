import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import type { Schema } from '../descriptor/build-schema.ts';
import { walkMessages } from './walk-messages.ts';

/** Clears what only the service writes: in a request it is ignored, not refused (AIP-203). */
export function dropOutputOnly(schema: Schema, request: ReflectMessage): void {
  for (const { message } of walkMessages(request)) {
    for (const { field, outputOnly } of schema.fieldRules(message.desc)) {
      if (outputOnly) message.clear(field);
    }
  }
}
