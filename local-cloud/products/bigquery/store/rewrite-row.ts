import type { SchemaField } from '../resource/schema.ts';
import { SCALES } from '../value/decimal.ts';
import { ByteWriter } from '../value/byte-writer.ts';
import { readRow, writeRow } from '../value/value.ts';
import type { Value } from '../value/value.ts';

const DAY_MICROS = 86_400_000_000n;

/** For rows of a table whose schema changes; `places` are those of the new columns in the old rows. */
export function rowRewriter(
  before: readonly SchemaField[],
  after: readonly SchemaField[],
  places: readonly (number | null)[],
): (content: Buffer) => Buffer {
  const writer = new ByteWriter();
  return (content) => {
    const old = readRow(content, before);
    const values = after.map((field, at) => {
      const place = places[at] ?? null;
      const was = place === null ? undefined : before[place];
      return was && place !== null ? convert(old[place] ?? null, was, field) : null;
    });
    writeRow(writer, after, values);
    return writer.take();
  };
}

function convert(value: Value, from: SchemaField, to: SchemaField): Value {
  if (value === null) return null;
  if (to.mode === 'REPEATED') {
    const [one, other] = [from, to].map((field) => ({ ...field, mode: 'NULLABLE' }));
    return one && other
      ? (value as readonly Value[]).map((element) => convert(element, one, other))
      : null;
  }
  if (to.type === 'RECORD') {
    const members = value as readonly Value[];
    return (to.fields ?? []).map((field) => {
      const place = (from.fields ?? []).findIndex(
        ({ name }) => name.toLowerCase() === field.name.toLowerCase(),
      );
      const was = from.fields?.[place];
      return was ? convert(members[place] ?? null, was, field) : null;
    });
  }
  return from.type === to.type ? value : widen(value, from.type, to.type);
}

function widen(value: Value, from: string, to: string): Value {
  if (from === 'DATE') return BigInt(value as number) * DAY_MICROS;
  const units = value as bigint;
  const scale = from === 'INTEGER' ? 0 : SCALES[from as keyof typeof SCALES];
  if (to === 'FLOAT') return Number(units) / 10 ** scale;
  return units * 10n ** BigInt(SCALES[to as keyof typeof SCALES] - scale);
}
