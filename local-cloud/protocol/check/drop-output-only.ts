import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import type { Schema } from '../descriptor/build-schema.ts';
import type { Method } from '../descriptor/method.ts';
import { joinPath } from './violation.ts';
import { walkMessages } from './walk-messages.ts';

/**
 * Clears what only the service writes: in a request it is ignored, not refused (AIP-203). Not the
 * names in REST's path: some protos call them output-only, and an update says by them what to update.
 */
export function dropOutputOnly(schema: Schema, method: Method, request: ReflectMessage): void {
  const inPath = method.bindings.flatMap(({ path }) => path.variables);
  for (const { message, path } of walkMessages(request)) {
    for (const { field, outputOnly } of schema.fieldRules(message.desc)) {
      if (outputOnly && !inPath.includes(joinPath(path, field.name))) message.clear(field);
    }
  }
}
