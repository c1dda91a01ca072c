import { fromJson, toBinary } from '@bufbuild/protobuf';
import type { JsonValue } from '@bufbuild/protobuf';
import { Metadata } from '@grpc/grpc-js';
import type { Schema } from '../descriptor/build-schema.ts';
import { statusCodes } from '../status-error.ts';
import type { StatusError } from '../status-error.ts';

interface GrpcStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

/** The rich error model: google.rpc.Status as a trailer, which Google's clients decode. */
export function writeStatus({ registry }: Schema, error: StatusError): GrpcStatus {
  const code = statusCodes[error.code].number;
  const status = { code, message: error.message, details: error.details };
  const desc = registry.getMessage('google.rpc.Status');
  const metadata = new Metadata();
  if (desc !== undefined) {
    const message = fromJson(desc, status as unknown as JsonValue, { registry });
    metadata.set('grpc-status-details-bin', Buffer.from(toBinary(desc, message)));
  }
  return { code, details: error.message, metadata };
}
