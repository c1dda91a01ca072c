import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers one method. Takes and gives messages in the JSON mapping of proto3 with lowerCamelCase
 * names: int64 as strings, enums as names, timestamps as RFC 3339, a field mask as `a,b.c`, an Any
 * as an object with `@type`. Fields without a value are absent. Refuses with `StatusError`.
 *
 * The request is `never` so that each handler may name the type that it expects: the descriptors
 * have checked it before.
 */
export type Handler = (request: never, call: Call) => Promise<object>;

/** By full name of the service, then by name of the method as the proto writes it. */
export type Handlers = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/**
 * Answers a method that streams requests, answers or both, over gRPC alone. Requests come as they
 * arrive, each read and checked as that of a `Handler`; what is thrown ends the stream.
 */
export type StreamHandler = (requests: AsyncIterable<never>, call: Call) => AsyncIterable<object>;

export type StreamHandlers = Readonly<Record<string, Readonly<Record<string, StreamHandler>>>>;

export interface Call {
  /** Such as `google.cloud.run.v2.Services`. */
  readonly service: string;
  /** Such as `CreateService`. */
  readonly method: string;
  readonly transport: 'grpc' | 'rest';
  /** Aborted when the caller has gone, its deadline is over, or the server closes. */
  readonly signal: AbortSignal;
}

/** A call whose request has passed the checks. */
export interface BegunCall extends Call {
  readonly request: Readonly<Record<string, unknown>>;
}

/** Plain HTTP beside the methods, for what has no proto. */
export interface PlainRoute {
  /** All paths that begin so, with any HTTP method, come to `answer`; the longest prefix wins. */
  readonly prefix: string;
  /** Of those only these, where methods have paths that begin alike. */
  readonly matches?: (verb: string, path: string) => boolean;
  /** A `StatusError` thrown before the head was written becomes the answer. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}
