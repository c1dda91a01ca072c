import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import type { Method } from '../descriptor/method.ts';
import { readText } from './read-value.ts';
import type { Violation } from './violation.ts';

// google-gax polls operations without the header, so the real service cannot ask for it.
const withoutHeader = 'google.longrunning.Operations';

/**
 * Compares `x-goog-request-params` with what the request says (AIP-4222): by google.api.routing
 * where the method has it, else by the fields in the path of its main HTTP rule.
 */
export function findMisrouting(
  method: Method,
  request: ReflectMessage,
  header: string,
): readonly Violation[] {
  if (method.service === withoutHeader) return [];
  const sent = new URLSearchParams(header);
  return [...expectedParameters(method, request)]
    .filter(([key, value]) => sent.get(key) !== value)
    .map(([key, value]) => ({
      field: '',
      description: `the header x-goog-request-params is ${header === '' ? 'missing' : header}: expected ${key}=${encodeURIComponent(value)}`,
    }));
}

function expectedParameters(method: Method, request: ReflectMessage): ReadonlyMap<string, string> {
  const expected = new Map<string, string>();
  if (method.routing === null) {
    for (const field of method.bindings[0]?.path.variables ?? [])
      expected.set(field, readText(request, field));
    return expected;
  }
  for (const { field, path } of method.routing) {
    const found = path.match(readText(request, field)) ?? {};
    // The last parameter that matches wins; an empty value is not sent.
    for (const [key, value] of Object.entries(found)) if (value !== '') expected.set(key, value);
  }
  return expected;
}
