import type { Field } from 'googlesql/field.ts';
import { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { decimalFromBytes, decimalToBytes } from './decimal.ts';
import { splitDays } from './civil-time.ts';

/**
 * A value of BigQuery's in JavaScript: INTEGER bigint, FLOAT number, DATE days since 1970, TIME
 * microseconds since midnight, DATETIME and TIMESTAMP microseconds since 1970, NUMERIC and
 * BIGNUMERIC an integer of units of their last digit, JSON its text, RECORD and REPEATED an array.
 */
export type Value = null | string | number | bigint | boolean | Uint8Array | readonly Value[];

/** Numbers of the fields of zetasql.ValueProto. */
const FIELDS = {
  INTEGER: 2,
  BOOLEAN: 5,
  FLOAT: 7,
  STRING: 8,
  BYTES: 9,
  DATE: 10,
  ARRAY: 13,
  RECORD: 14,
  TIMESTAMP: 16,
  DATETIME: 17,
  TIME: 18,
  NUMERIC: 20,
  BIGNUMERIC: 21,
  JSON: 23,
} as const;

type Kind = keyof typeof FIELDS;
type ScalarKind = Exclude<Kind, 'ARRAY' | 'RECORD'>;

const MICROS = 1_000_000n;

export function isModelledType(type: string): boolean {
  return type in FIELDS && type !== 'ARRAY';
}

/** As the body of a zetasql.ValueProto; null has no field. */
export function writeValue(writer: ByteWriter, field: Field, value: Value): void {
  if (value === null) return;
  if (field.mode === 'REPEATED') {
    const element = { ...field, mode: 'NULLABLE' };
    writer.nested(FIELDS.ARRAY, () => {
      for (const one of value as readonly Value[]) {
        writer.nested(1, () => writeValue(writer, element, one));
      }
    });
  } else if (field.type === 'RECORD') {
    writer.nested(FIELDS.RECORD, () => writeRow(writer, field.fields ?? [], value as Value[]));
  } else writeScalar(writer, field.type as ScalarKind, value);
}

/** As the body of a TableData.Row, or of a ValueProto.Struct: both are their cells in order. */
export function writeRow(
  writer: ByteWriter,
  fields: readonly Field[],
  values: readonly Value[],
): void {
  for (const [index, field] of fields.entries()) {
    writer.nested(1, () => writeValue(writer, field, values[index] ?? null));
  }
}

const scalarWriters: Readonly<Record<ScalarKind, (writer: ByteWriter, value: never) => void>> = {
  INTEGER: (writer, value: bigint) => writer.int64(value),
  BOOLEAN: (writer, value: boolean) => writer.varint(value ? 1 : 0),
  FLOAT: (writer, value: number) => writer.double(value),
  STRING: (writer, value: string) => writer.text(value),
  BYTES: (writer, value: Uint8Array) => writer.bytes(value),
  DATE: (writer, value: number) => writer.int64(BigInt(value)),
  TIME: (writer, value: bigint) => writer.int64(packTime(value, 1000n)),
  NUMERIC: (writer, value: bigint) => writer.bytes(decimalToBytes(value)),
  BIGNUMERIC: (writer, value: bigint) => writer.bytes(decimalToBytes(value)),
  JSON: (writer, value: string) => writer.text(value),
  TIMESTAMP: (writer, value: bigint) => {
    const micros = ((value % MICROS) + MICROS) % MICROS;
    writeTwo(writer, (value - micros) / MICROS, micros * 1000n);
  },
  DATETIME: (writer, value: bigint) => {
    const { days, rest } = splitDays(value);
    const date = new Date(days * 86_400_000);
    const [year, month] = [BigInt(date.getUTCFullYear()), BigInt(date.getUTCMonth() + 1)];
    const day = (year << 9n) | (month << 5n) | BigInt(date.getUTCDate());
    writeTwo(writer, (day << 17n) | (packTime(rest, 0n) >> 30n), (rest % MICROS) * 1000n);
  },
};
const LENGTHLESS = new Map<string, number>([
  ['INTEGER', 0],
  ['BOOLEAN', 0],
  ['DATE', 0],
  ['TIME', 0],
  ['FLOAT', 1],
]);

function writeScalar(writer: ByteWriter, kind: ScalarKind, value: Value): void {
  writer.tag(FIELDS[kind], LENGTHLESS.get(kind) ?? 2);
  scalarWriters[kind](writer, value as never);
}

/** A message of two integers, such as google.protobuf.Timestamp. */
function writeTwo(writer: ByteWriter, first: bigint, second: bigint): void {
  const sizes = [first, second].map(sizeOfInt64);
  writer.varint((sizes[0] ?? 0) + (sizes[1] ?? 0) + 2);
  writer.tag(1, 0);
  writer.int64(first);
  writer.tag(2, 0);
  writer.int64(second);
}

function sizeOfInt64(value: bigint): number {
  let size = 1;
  for (let rest = BigInt.asUintN(64, value); rest >= 0x80n; rest >>= 7n) size++;
  return size;
}

/** hour, minute, second and fraction in 5, 6, 6 and 30 bits: civil_time.h of ZetaSQL. */
function packTime(micros: bigint, nanosPerMicro: bigint): bigint {
  const seconds = micros / MICROS;
  const [hour, minute, second] = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n];
  return (hour << 42n) | (minute << 36n) | (second << 30n) | ((micros % MICROS) * nanosPerMicro);
}

function unpackTime(packed: bigint): bigint {
  const [hour, minute, second] = [packed >> 42n, (packed >> 36n) & 63n, (packed >> 30n) & 63n];
  return (hour * 3600n + minute * 60n + second) * MICROS + (packed & 0x3fffffffn) / 1000n;
}

/** Of the body of a zetasql.ValueProto. */
function readValue(bytes: Buffer, field: Field): Value {
  const reader = new ByteReader(bytes);
  if (reader.isAtEnd) return null;
  const { number, wireType } = reader.field();
  if (number === FIELDS.ARRAY) {
    const element = { ...field, mode: 'NULLABLE' };
    return cellsOf(reader.bytes()).map((one) => readValue(one, element));
  }
  if (number === FIELDS.RECORD) return readRow(reader.bytes(), field.fields ?? []);
  const read = scalarReaders[number];
  if (!read) throw new Error(`a value with the wire type ${number}/${wireType} is not modelled`);
  return read(reader);
}

/** Cells that are missing at the end are null: their columns came later. */
export function readRow(bytes: Buffer, fields: readonly Field[]): Value[] {
  const cells = cellsOf(bytes);
  return fields.map((field, index) => {
    const cell = cells[index];
    return cell === undefined ? null : readValue(cell, field);
  });
}

/** The cells of a row, the fields of a struct or the elements of an array. */
export function cellsOf(bytes: Buffer): Buffer[] {
  const reader = new ByteReader(bytes);
  const cells: Buffer[] = [];
  while (!reader.isAtEnd) {
    reader.field();
    cells.push(reader.bytes());
  }
  return cells;
}

const scalarReaders: Readonly<Record<number, (reader: ByteReader) => Value>> = {
  [FIELDS.INTEGER]: (reader) => reader.int64(),
  [FIELDS.BOOLEAN]: (reader) => reader.varint() === 1,
  [FIELDS.FLOAT]: (reader) => reader.double(),
  [FIELDS.STRING]: (reader) => reader.bytes().toString(),
  [FIELDS.BYTES]: (reader) => reader.bytes(),
  [FIELDS.DATE]: (reader) => Number(reader.int64()),
  [FIELDS.TIME]: (reader) => unpackTime(reader.int64()),
  [FIELDS.NUMERIC]: (reader) => decimalFromBytes(reader.bytes()),
  [FIELDS.BIGNUMERIC]: (reader) => decimalFromBytes(reader.bytes()),
  [FIELDS.JSON]: (reader) => reader.bytes().toString(),
  [FIELDS.TIMESTAMP]: (reader) => {
    const [seconds, nanos] = readTwo(reader.bytes());
    return seconds * MICROS + nanos / 1000n;
  },
  [FIELDS.DATETIME]: (reader) => {
    const [packed, nanos] = readTwo(reader.bytes());
    const [year, month, day] = [packed >> 26n, (packed >> 22n) & 15n, (packed >> 17n) & 31n];
    const date = new Date(0);
    date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
    return BigInt(date.getTime()) * 1000n + unpackTime((packed & 0x1ffffn) << 30n) + nanos / 1000n;
  },
};

function readTwo(bytes: Buffer): readonly [bigint, bigint] {
  const reader = new ByteReader(bytes);
  const found: [bigint, bigint] = [0n, 0n];
  while (!reader.isAtEnd) {
    const { number } = reader.field();
    found[number - 1] = reader.int64();
  }
  return found;
}
