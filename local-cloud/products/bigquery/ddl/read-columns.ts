import { fromTypeProto } from 'googlesql/field.ts';
import type { TypeProto } from 'googlesql/field.ts';
import type { SchemaField } from '../resource/schema.ts';
import { readOptions } from './read-options.ts';

interface Annotations {
  readonly not_null?: boolean;
  readonly option_list?: unknown;
  readonly child_list?: readonly Annotations[];
  readonly type_parameters?: {
    readonly string_type_parameters?: { readonly max_length?: string };
    readonly numeric_type_parameters?: { readonly precision?: string; readonly scale?: string };
  };
}

/** zetasql.ResolvedColumnDefinitionProto */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: TypeProto;
  readonly annotations?: Annotations | null;
}

export function readColumns(definitions: readonly ColumnDefinition[]): SchemaField[] {
  return definitions.map(({ name, type, annotations }) =>
    annotate({ mode: 'NULLABLE', ...fromTypeProto(name, type) }, annotations ?? {}),
  );
}

function annotate(field: SchemaField, annotations: Annotations): SchemaField {
  const { not_null: isRequired = false, option_list, child_list: children = [] } = annotations;
  const { description } = readOptions(option_list);
  const element = field.mode === 'REPEATED' ? (children[0] ?? {}) : annotations;
  const members = element.child_list ?? [];
  return {
    ...field,
    ...(isRequired && field.mode !== 'REPEATED' ? { mode: 'REQUIRED' } : {}),
    ...(field.fields && {
      fields: field.fields.map((one, at) => annotate(one, members[at] ?? {})),
    }),
    ...(typeof description === 'string' ? { description } : {}),
    ...limitsOf(element),
  };
}

function limitsOf({ type_parameters: parameters = {} }: Annotations): Partial<SchemaField> {
  const { string_type_parameters: text, numeric_type_parameters: number } = parameters ?? {};
  return {
    ...(text?.max_length ? { maxLength: text.max_length } : {}),
    ...(number?.precision ? { precision: number.precision } : {}),
    ...(number?.scale && number.scale !== '0' ? { scale: number.scale } : {}),
  };
}
