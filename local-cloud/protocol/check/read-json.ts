import { fromJson, ScalarType } from '@bufbuild/protobuf';
import type { DescField, DescMessage, JsonValue, Message, Registry } from '@bufbuild/protobuf';
import { joinPath } from './violation.ts';
import type { Violation } from './violation.ts';

const anyType = 'google.protobuf.Any';

/** The message, or all that is wrong with the JSON, with the place of each. */
type ReadJson =
  | { readonly message: Message; readonly violations: readonly [] }
  | { readonly message: null; readonly violations: readonly Violation[] };

/** Strict: takes a name as the proto writes it or in lowerCamelCase, and no name besides. */
export function readJson(registry: Registry, desc: DescMessage, json: unknown): ReadJson {
  try {
    return { message: fromJson(desc, json as JsonValue, { registry }), violations: [] };
  } catch (error) {
    const violations = [...findMistakes({ registry, desc, path: '' }, json)];
    if (violations.length > 0) return { message: null, violations };
    const description = error instanceof Error ? error.message : String(error);
    return { message: null, violations: [{ field: '', description }] };
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
  } else if (desc.typeName === anyType) {
    yield* findAnyMistakes(expected, json);
  } else {
    for (const [key, value] of Object.entries(json)) yield* findKeyMistakes(expected, key, value);
  }
}

function* findAnyMistakes(
  expected: Expected,
  { '@type': url, ...json }: JsonObject,
): Generator<Violation> {
  const name = String(url).split('/').at(-1) ?? '';
  const desc = expected.registry.getMessage(name);
  if (desc === undefined) {
    const description = `@type is ${JSON.stringify(url)}: expected type.googleapis.com/ and a message of the protos`;
    yield { field: expected.path, description };
  } else if (!hasOwnForm(desc)) {
    yield* findMistakes({ ...expected, desc }, json);
  }
}

function* findKeyMistakes(expected: Expected, key: string, value: unknown): Generator<Violation> {
  const { desc } = expected;
  const field = desc.fields.find(({ name, jsonName }) => name === key || jsonName === key);
  const path = joinPath(expected.path, field?.name ?? key);
  if (field === undefined) {
    yield { field: path, description: `unknown name: ${desc.typeName} has no such field` };
  } else if (value !== null) {
    yield* findFieldMistakes({ ...expected, path }, field, value);
  }
}

function* findFieldMistakes(
  expected: Expected,
  field: DescField,
  value: unknown,
): Generator<Violation> {
  const desc = field.message;
  if (desc === undefined || hasOwnForm(desc)) {
    yield* findValueMistakes(expected, field, value);
  } else if (field.fieldKind === 'message') {
    yield* findMistakes({ ...expected, desc }, value);
  } else if (field.fieldKind === 'list' ? Array.isArray(value) : isObject(value)) {
    for (const [key, item] of Object.entries(value as JsonObject)) {
      const at = field.fieldKind === 'list' ? key : JSON.stringify(key);
      yield* findMistakes({ ...expected, desc, path: `${expected.path}[${at}]` }, item);
    }
  } else {
    yield { field: expected.path, description: `expected ${kindOf(field)}` };
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
  } catch {
    const description = `${JSON.stringify(value)} is not ${kindOf(field)}`;
    yield { field: path, description };
  }
}

/** Those of google.protobuf are text, numbers or lists in JSON; not so Any. */
function hasOwnForm({ typeName }: DescMessage): boolean {
  return typeName.startsWith('google.protobuf.') && typeName !== anyType;
}

function kindOf(field: DescField): string {
  const names = field.enum?.values.map(({ name }) => name).join(', ');
  const scalar = field.scalar === undefined ? '' : ScalarType[field.scalar].toLowerCase();
  const type = field.message?.typeName ?? field.enum?.typeName ?? scalar;
  const expected = names === undefined ? '' : `: expected ${names}`;
  if (field.fieldKind === 'list') return `a list of ${type}${expected}`;
  if (field.fieldKind === 'map') return `a map of ${type}${expected}`;
  return `of type ${type}${expected}`;
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
