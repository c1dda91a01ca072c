import { toJson } from '@bufbuild/protobuf';
import type { DescMessage, Message } from '@bufbuild/protobuf';
import { checkRequest, refuseUnknown } from './check/check-request.ts';
import { readJson } from './check/read-json.ts';
import type { Schema } from './descriptor/build-schema.ts';
import type { Method } from './descriptor/method.ts';
import type { BegunCall, Call, Handlers, StreamHandlers } from './handler.ts';
import { asStatusError, StatusError } from './status-error.ts';

export interface Answering {
  readonly schema: Schema;
  readonly handlers: Handlers;
  readonly streams: StreamHandlers;
  readonly before: (call: BegunCall) => void | Promise<void>;
  /** Of a call that has been carried out, before its answer. */
  readonly after: (call: BegunCall) => void;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
}

interface Begun {
  readonly method: Method;
  readonly call: Call;
  /** The header `x-goog-request-params`; null over REST, where the path routes. */
  readonly routing: string | null;
}

interface Arrived extends Begun {
  /** Reads the request; may refuse it. Called when there is a handler. */
  read(): Promise<Message>;
}

/**
 * One call from the wire to the wire: the request is read, checked and handled, and the handler's
 * answer is held against the descriptor. Throws nothing but `StatusError`.
 */
export async function answerCall(answering: Answering, arrived: Arrived): Promise<Message> {
  const { method, call } = arrived;
  const handler = findHandler(answering.handlers, method);
  try {
    const request = await beginCall(answering, arrived, await arrived.read());
    const answer = await handler(request as never, call);
    answering.after({ ...call, request });
    return readAnswer(answering.schema, method, answer);
  } catch (error) {
    throw checkRefusal(answering.schema, error, method);
  }
}

/** The same for a method that streams; its header and its required fields are those of the first. */
export async function* answerStream(
  answering: Answering,
  begun: Begun,
  messages: AsyncIterable<Message>,
): AsyncIterable<Message> {
  const { method, call } = begun;
  const handler = findHandler(answering.streams, method);
  try {
    for await (const answer of handler(readRequests(answering, begun, messages), call)) {
      yield readAnswer(answering.schema, method, answer);
    }
  } catch (error) {
    throw checkRefusal(answering.schema, error, method);
  }
}

async function* readRequests(
  answering: Answering,
  begun: Begun,
  messages: AsyncIterable<Message>,
): AsyncIterable<never> {
  const { schema } = answering;
  const { method } = begun;
  let isFirst = true;
  for await (const message of messages) {
    if (isFirst) yield (await beginCall(answering, begun, message)) as never;
    else {
      refuseUnknown(method, message);
      yield writeRequest(schema, method.desc.input, message) as never;
    }
    isFirst = false;
  }
}

async function beginCall(
  { schema, before }: Answering,
  { method, call, routing }: Begun,
  message: Message,
): Promise<Readonly<Record<string, unknown>>> {
  checkRequest(schema, { method, message, routing });
  const request = writeRequest(schema, method.desc.input, message);
  await before({ ...call, request });
  return request;
}

function findHandler<T>(
  handlers: Readonly<Record<string, Readonly<Record<string, T>>>>,
  { service, name }: Method,
): T {
  const handler = handlers[service]?.[name];
  if (handler !== undefined) return handler;
  throw new StatusError('UNIMPLEMENTED', `local-cloud does not model ${service}.${name}`);
}

/** Also refuses what has no JSON form: a mask that is not in the proto's names, an unknown Any. */
function writeRequest(
  { registry }: Schema,
  desc: DescMessage,
  message: Message,
): Readonly<Record<string, unknown>> {
  try {
    return toJson(desc, message, { registry }) as Record<string, unknown>;
  } catch (error) {
    throw new StatusError(
      'INVALID_ARGUMENT',
      error instanceof Error ? error.message : String(error),
    );
  }
}

function readAnswer({ registry }: Schema, method: Method, answer: object): Message {
  const { output } = method.desc;
  const { message, violations } = readJson(registry, output, answer);
  if (message !== null) return message;
  const mistakes = violations
    .map(({ field, description }) => `${field}: ${description}`)
    .join('; ');
  throw new StatusError(
    'INTERNAL',
    `local-cloud's own mistake: its answer to ${method.service}.${method.name} is not a ${output.typeName}: ${mistakes}`,
  );
}

/** Also holds the details of a refusal against their descriptors: gRPC could not send others. */
function checkRefusal(
  { registry }: Schema,
  error: unknown,
  { service, name }: Method,
): StatusError {
  const where = `${service}.${name}`;
  const refusal = asStatusError(error, where);
  const status = registry.getMessage('google.rpc.Status');
  if (status === undefined || refusal.details.length === 0) return refusal;
  const [violation] = readJson(registry, status, { details: refusal.details }).violations;
  if (violation === undefined) return refusal;
  return asStatusError(violation.description, `${where}, in the details of ${refusal.code}`);
}
