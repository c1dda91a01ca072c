import type { Message } from '@bufbuild/protobuf';
import type { IncomingMessage } from 'node:http';
import { readJson } from '../check/read-json.ts';
import { refuseFields } from '../check/violation.ts';
import type { Schema } from '../descriptor/build-schema.ts';
import { StatusError } from '../status-error.ts';
import type { PathMatch } from './path-table.ts';
import { readJsonBody } from './read-body.ts';
import { readQuery, setField } from './read-query.ts';
import type { Draft } from './read-query.ts';

/** The message that path, query and body make together (google/api/http.proto). */
export async function readRequest(
  { registry }: Schema,
  { method, binding, variables }: PathMatch,
  { request, query }: { readonly request: IncomingMessage; readonly query: URLSearchParams },
): Promise<Message> {
  const { input } = method.desc;
  const body = await readJsonBody(request);
  const draft = draftOf(binding.body, body);
  readQuery(draft, input, query);
  // Last, because the path wins over a name in the body.
  for (const variable of Object.entries(variables)) setField(draft, input, variable);
  const { message, violations } = readJson(registry, input, draft);
  if (message === null) throw refuseFields(violations);
  return message;
}

function draftOf(bodyField: string, body: unknown): Draft {
  if (body === undefined) return {};
  if (bodyField === '') throw new StatusError('INVALID_ARGUMENT', 'this method takes no body');
  if (bodyField !== '*') return { [toJsonName(bodyField)]: body };
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  throw new StatusError('INVALID_ARGUMENT', 'the body is not a JSON object');
}

function toJsonName(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
