import { createFileRegistry, fromBinary, fromJson, ScalarType, toJson } from '@bufbuild/protobuf';
import type { DescField, DescMessage, JsonObject, JsonValue } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Field } from 'googlesql/field.ts';
import { StatusError } from '../../../protocol/status-error.ts';
import { ByteWriter } from '../value/byte-writer.ts';
import { formatDate } from '../value/civil-time.ts';
import { parseJsonRow, ValueError } from '../value/parse-json-value.ts';
import { writeRow } from '../value/value.ts';

export interface RowError {
  readonly index: string;
  readonly code: 'FIELDS_ERROR';
  readonly message: string;
}

export interface ProtoRows {
  readonly contents: readonly Buffer[];
  readonly rowErrors: readonly RowError[];
}

/** google.protobuf.DescriptorProto, as far as names are looked up in it. */
export interface RowDescriptor {
  readonly name: string;
  readonly field?: readonly { readonly name: string; readonly typeName?: string }[];
  readonly nestedType?: readonly RowDescriptor[];
}

/** @throws StatusError for a descriptor that is none, or does not stand alone */
export function readRowDescriptor(descriptor: RowDescriptor): DescMessage {
  try {
    const json = {
      name: 'row.proto',
      syntax: 'proto2',
      messageType: [qualifyTypes(descriptor, '')],
    };
    const file = fromJson(FileDescriptorProtoSchema, json as unknown as JsonObject);
    const message = createFileRegistry(file, () => undefined).getMessage(descriptor.name);
    if (message) return message;
  } catch {
    // Told below: all of it is the writer's.
  }
  throw new StatusError('INVALID_ARGUMENT', 'Invalid proto schema: the descriptor cannot be read.');
}

/** Names of nested types as the writer sees them: what is nested in a message is known in it. */
function qualifyTypes(
  descriptor: RowDescriptor,
  scope: string,
  known: ReadonlyMap<string, string> = new Map(),
): RowDescriptor {
  const path = `${scope}.${descriptor.name}`;
  const nested = descriptor.nestedType ?? [];
  const inside = new Map([
    ...known,
    ...nested.map(({ name }) => [name, `${path}.${name}`] as const),
  ]);
  const field = descriptor.field?.map((one) => {
    const typeName = inside.get(one.typeName ?? '');
    return typeName === undefined ? one : { ...one, typeName };
  });
  const nestedType = nested.map((one) => qualifyTypes(one, path, inside));
  return { ...descriptor, ...(field && { field }), nestedType };
}

/**
 * Serialized messages, base64 as JSON has them, as rows of the table: fields by their names
 * (https://cloud.google.com/bigquery/docs/supported-data-types).
 */
export function readProtoRows(
  fields: readonly Field[],
  descriptor: DescMessage,
  serialized: readonly string[],
): ProtoRows {
  const writer = new ByteWriter();
  const contents: Buffer[] = [];
  const rowErrors: RowError[] = [];
  for (const [index, row] of serialized.entries()) {
    try {
      const values = parseJsonRow(fields, readRow(descriptor, row, fields), {
        ignoreUnknown: false,
      });
      writeRow(writer, fields, values);
      contents.push(writer.take());
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      rowErrors.push({ index: String(index), code: 'FIELDS_ERROR', message: error.message });
    }
  }
  return { contents, rowErrors };
}

function readRow(descriptor: DescMessage, row: string, fields: readonly Field[]): JsonObject {
  try {
    const message = fromBinary(descriptor, Buffer.from(row, 'base64'));
    const json = toJson(descriptor, message, { useProtoFieldName: true }) as JsonObject;
    return writeTimes(json, descriptor, fields);
  } catch {
    throw new ValueError('The row is no message of the writer schema.', '');
  }
}

/** Days and microseconds since 1970, where the writer sends numbers for dates and timestamps. */
function writeTimes(
  row: JsonObject,
  descriptor: DescMessage,
  fields: readonly Field[],
): JsonObject {
  const written = Object.entries(row).map(([name, value]) => {
    const field = fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
    const desc = descriptor.fields.find((one) => one.name === name);
    if (!field || !desc || value === undefined) return [name, value];
    const write = (one: JsonValue) => writeTime(one, desc, field);
    return [name, Array.isArray(value) ? value.map(write) : write(value)];
  });
  return Object.fromEntries(written) as JsonObject;
}

function writeTime(value: JsonValue, desc: DescField, field: Field): JsonValue {
  if (desc.message) return writeTimes(value as JsonObject, desc.message, field.fields ?? []);
  const isNumber = desc.scalar === ScalarType.INT32 || desc.scalar === ScalarType.INT64;
  if (!isNumber) return value;
  if (field.type === 'DATE') return formatDate(Number(value));
  if (field.type !== 'TIMESTAMP') return value;
  const micros = BigInt(value as string | number);
  const rest = ((micros % MICROS) + MICROS) % MICROS;
  const seconds = (micros - rest) / MICROS;
  return new Date(Number(seconds) * 1000)
    .toISOString()
    .replace('.000Z', `.${String(rest).padStart(6, '0')}Z`);
}

const MICROS = 1_000_000n;
