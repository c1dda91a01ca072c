import { reflect } from '@bufbuild/protobuf/reflect';
import type { Message } from '@bufbuild/protobuf';
import type { Schema } from '../descriptor/build-schema.ts';
import type { Method } from '../descriptor/method.ts';
import { dropOutputOnly } from './drop-output-only.ts';
import { findMissing } from './find-missing.ts';
import { findUnknown } from './find-unknown.ts';
import { findBadNames, findBadPathFields } from './resource-names.ts';
import { findMisrouting } from './routing-header.ts';
import { findUnknownPaths, readMask } from './update-mask.ts';
import { refuseFields } from './violation.ts';
import type { Violation } from './violation.ts';

interface Received {
  readonly method: Method;
  readonly message: Message;
  /** The header `x-goog-request-params`; null over REST, where the path routes. */
  readonly routing: string | null;
}

/**
 * Refuses a request with all that is wrong with it (INVALID_ARGUMENT), as far as the descriptors
 * know. Clears output-only fields of one that is right.
 */
export function checkRequest(schema: Schema, { method, message, routing }: Received): void {
  const request = reflect(method.desc.input, message);
  refuseAny(findUnknown(request));
  dropOutputOnly(schema, method, request);
  const mask = readMask(method, request);
  // A method with several paths has each of these fields in one of them.
  const routed = new Set(
    routing === null ? method.bindings.flatMap(({ path }) => path.variables) : [],
  );
  refuseAny([
    ...(mask === null ? [] : findUnknownPaths(request, mask)),
    ...findMissing(schema, request, mask).filter(({ field }) => !routed.has(field)),
    ...findBadNames(schema, request),
  ]);
  if (routing === null) return;
  refuseAny(findBadPathFields(method, request));
  refuseAny(findMisrouting(method, request, routing));
}

/** All that can be asked of a further request of a stream. */
export function refuseUnknown(method: Method, message: Message): void {
  refuseAny(findUnknown(reflect(method.desc.input, message)));
}

function refuseAny(violations: readonly Violation[]): void {
  if (violations.length > 0) throw refuseFields(violations);
}
