/** A column as BigQuery's REST API writes it (TableFieldSchema). */
export interface Field {
  readonly name: string;
  /** Such as INTEGER or INT64, RECORD or STRUCT: both spellings of a type are taken. */
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly Field[];
}

/** zetasql.TypeProto, as far as it has an equal in BigQuery. */
export interface TypeProto {
  readonly type_kind: string;
  readonly array_type?: { readonly element_type: TypeProto } | null;
  readonly struct_type?: { readonly field?: readonly StructFieldProto[] } | null;
}

interface StructFieldProto {
  readonly field_name: string;
  readonly field_type: TypeProto;
}

const KINDS: Readonly<Record<string, string>> = {
  STRING: 'TYPE_STRING',
  BYTES: 'TYPE_BYTES',
  INTEGER: 'TYPE_INT64',
  FLOAT: 'TYPE_DOUBLE',
  BOOLEAN: 'TYPE_BOOL',
  TIMESTAMP: 'TYPE_TIMESTAMP',
  DATE: 'TYPE_DATE',
  TIME: 'TYPE_TIME',
  DATETIME: 'TYPE_DATETIME',
  GEOGRAPHY: 'TYPE_GEOGRAPHY',
  NUMERIC: 'TYPE_NUMERIC',
  BIGNUMERIC: 'TYPE_BIGNUMERIC',
  JSON: 'TYPE_JSON',
  INTERVAL: 'TYPE_INTERVAL',
};
const NAMES = new Map(Object.entries(KINDS).map(([name, kind]) => [kind, name]));
const OTHER_SPELLINGS: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
};

/** The spelling that BigQuery's REST API gives: INTEGER for INT64, RECORD for STRUCT. */
export function legacyTypeName(type: string): string {
  const upper = type.toUpperCase();
  return OTHER_SPELLINGS[upper] ?? upper;
}

/** @throws Error for a type that BigQuery does not have */
export function toTypeProto(field: Field): TypeProto {
  const single = { ...field, mode: 'NULLABLE' };
  if (field.mode === 'REPEATED') {
    return { type_kind: 'TYPE_ARRAY', array_type: { element_type: toTypeProto(single) } };
  }
  const name = legacyTypeName(field.type);
  if (name === 'RECORD') {
    const members = (field.fields ?? []).map((one) => ({
      field_name: one.name,
      field_type: toTypeProto(one),
    }));
    return { type_kind: 'TYPE_STRUCT', struct_type: { field: members } };
  }
  const kind = KINDS[name];
  if (kind === undefined) throw new Error(`BigQuery has no type ${field.type}`);
  return { type_kind: kind };
}

/** @throws Error for a type that BigQuery does not have, such as a proto */
export function fromTypeProto(name: string, type: TypeProto): Field {
  if (type.type_kind === 'TYPE_ARRAY' && type.array_type) {
    return { ...fromTypeProto(name, type.array_type.element_type), mode: 'REPEATED' };
  }
  if (type.type_kind === 'TYPE_STRUCT') {
    const fields = (type.struct_type?.field ?? []).map((member) =>
      fromTypeProto(member.field_name, member.field_type),
    );
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  const known = NAMES.get(type.type_kind);
  if (known === undefined) throw new Error(`BigQuery has no type like ${type.type_kind}`);
  return { name, type: known, mode: 'NULLABLE' };
}
