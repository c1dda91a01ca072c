import { fromJson } from '@bufbuild/protobuf';
import type { DescField, DescMessage, JsonValue, Message, Registry } from '@bufbuild/protobuf';
import { joinPath } from './violation.ts';
import type { Violation } from './violation.ts';

/** The message, or all that is wrong with the JSON, with the place of each. */
export type ReadJson =
  | { readonly message: Message; readonly violations: readonly [] }
  | { readonly message: null; readonly violations: readonly Violation[] };

/** Strict: takes a name as the proto writes it or in lowerCamelCase, and no name besides. */
export function readJson(registry: Registry, desc: DescMessage, json: unknown): ReadJson {
  const violations = [...findMistakes({ registry, desc, path: '' }, json)];
  if (violations.length > 0) return { message: null, violations };
  try {
    return { message: fromJson(desc, json as JsonValue, { registry }), violations: [] };
  } catch (error) {
    return { message: null, violations: [{ field: '', description: messageOf(error) }] };
  }
}

interface Expected {
  readonly registry: Registry;
  readonly desc: DescMessage;
  readonly path: string;
}

function* findMistakes(expected: Expected, json: unknown): Generator<Violation> {
  const { desc, path } = expected;
  if (!isObject(json)) {
    yield { field: path, description: `expected an object, a ${desc.typeName}` };
    return;
  }
  for (const [key, value] of Object.entries(json)) {
    const field = desc.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    if (field === undefined) {
      yield {
        field: joinPath(path, key),
        description: `unknown name: ${desc.typeName} has no such field`,
      };
    } else if (value !== null) {
      yield* findFieldMistakes({ ...expected, path: joinPath(path, field.name) }, field, value);
    }
  }
}

function* findFieldMistakes(
  expected: Expected,
  field: DescField,
  value: unknown,
): Generator<Violation> {
  const inner = field.message;
  // Those of google.protobuf have a JSON form of their own.
  if (inner === undefined || inner.typeName.startsWith('google.protobuf.')) {
    yield* findValueMistakes(expected, field, value);
  } else if (field.fieldKind === 'list' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* findMistakes({ ...expected, desc: inner, path: `${expected.path}[${index}]` }, item);
    }
  } else if (field.fieldKind === 'map' && isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const path = `${expected.path}[${JSON.stringify(key)}]`;
      yield* findMistakes({ ...expected, desc: inner, path }, item);
    }
  } else if (field.fieldKind === 'message') {
    yield* findMistakes({ ...expected, desc: inner }, value);
  } else {
    yield {
      field: expected.path,
      description: `expected ${field.fieldKind === 'list' ? 'an array' : 'an object'}`,
    };
  }
}

function* findValueMistakes(
  expected: Expected,
  field: DescField,
  value: unknown,
): Generator<Violation> {
  const { desc, registry, path } = expected;
  try {
    fromJson(desc, { [field.jsonName]: value as JsonValue }, { registry });
  } catch (error) {
    const names = field.enum?.values.map(({ name }) => name).join(', ');
    const wanted = names === undefined ? '' : `: expected one of ${names}`;
    yield {
      field: path,
      description: `invalid value ${JSON.stringify(value)} (${messageOf(error)})${wanted}`,
    };
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
