import { fromBinary } from '@bufbuild/protobuf';
import type { Message } from '@bufbuild/protobuf';
import type { Method } from '../descriptor/method.ts';
import { StatusError } from '../status-error.ts';

/** @throws StatusError when the bytes are no such request */
export function readBytes({ desc: { input } }: Method, bytes: Uint8Array): Message {
  try {
    return fromBinary(input, bytes);
  } catch {
    throw new StatusError('INVALID_ARGUMENT', `the request is not a ${input.typeName}`);
  }
}
