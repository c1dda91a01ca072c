import type { ServiceDefinition } from '@grpc/grpc-js';
import type { Method } from '../descriptor/method.ts';

/** Bytes pass grpc-js as they are: the descriptors read and write them. */
export function defineMethod({ service, name, desc }: Method): ServiceDefinition {
  const { methodKind } = desc;
  return {
    [name]: {
      path: `/${service}/${name}`,
      requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
      responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  };
}
