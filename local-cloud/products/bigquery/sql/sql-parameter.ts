import { legacyTypeName } from 'googlesql/field.ts';
import type { Field } from 'googlesql/field.ts';
import { BigQueryError } from '../bigquery-error.ts';
import type { ParameterType, ParameterValue, QueryParameter } from '../job/job.ts';
import { parseJsonValue, parseScalar, ValueError } from '../value/parse-json-value.ts';
import { isModelledType } from '../value/value.ts';
import type { Value } from '../value/value.ts';

/** A parameter of a query; the name is empty where it goes by position. */
export interface SqlParameter {
  readonly field: Field;
  readonly value: Value;
}

/** https://cloud.google.com/bigquery/docs/parameterized-queries */
export function readParameters(given: readonly QueryParameter[]): SqlParameter[] {
  return given.map(({ name = '', parameterType, parameterValue }) => {
    if (!parameterType)
      throw new BigQueryError('required', `Query parameter '${name}' needs a type`);
    const field = readType(name, parameterType);
    try {
      return { field, value: readValue(field, parameterValue ?? {}) };
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new BigQueryError('invalidQuery', `Query parameter '${name}': ${error.message}`);
    }
  });
}

function readType(name: string, { type, arrayType, structTypes = [] }: ParameterType): Field {
  if (type === 'ARRAY' && arrayType) return { ...readType(name, arrayType), mode: 'REPEATED' };
  if (type === 'STRUCT') {
    const fields = structTypes.map((one) => readType(one.name ?? '', one.type));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  const kind = legacyTypeName(type);
  if (!isModelledType(kind) || kind === 'RECORD')
    throw new BigQueryError(
      'notImplemented',
      `local-cloud does not model parameters of type ${type}.`,
    );
  return { name, type: kind, mode: 'NULLABLE' };
}

function readValue(field: Field, { value, arrayValues, structValues }: ParameterValue): Value {
  if (field.mode === 'REPEATED') {
    const element = { ...field, mode: 'NULLABLE' };
    return (arrayValues ?? []).map((one) => readValue(element, one));
  }
  if (field.type === 'RECORD')
    return (field.fields ?? []).map((member) =>
      readValue(member, structValues?.[member.name] ?? {}),
    );
  if (value === undefined || value === null) return null;
  if (field.type === 'JSON')
    return parseJsonValue(field, value, { path: field.name, ignoreUnknown: false });
  return parseScalar(field.type, value, field.name);
}
