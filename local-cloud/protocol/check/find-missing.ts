import { ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import type { FieldRule } from '../descriptor/field-rules.ts';
import type { Schema } from '../descriptor/build-schema.ts';
import { filledElsewhere } from './known-oddities.ts';
import type { Mask } from './update-mask.ts';
import { joinPath } from './violation.ts';
import type { Violation } from './violation.ts';
import { walkMessages } from './walk-messages.ts';

const emptyMeansMissing = new Set([ScalarType.STRING, ScalarType.BYTES]);

/** REQUIRED fields without a value. Of a resource under an update mask only what is masked. */
export function findMissing(
  schema: Schema,
  request: ReflectMessage,
  mask: Mask | null,
): readonly Violation[] {
  const violations: Violation[] = [];
  for (const { message, path } of walkMessages(request)) {
    for (const rule of schema.fieldRules(message.desc)) {
      const field = joinPath(path, rule.field.name);
      if (!isRequired(rule) || !isMissing(message, rule) || !isWritten(field, mask)) continue;
      violations.push({ field, description: `required, but missing: expected ${kindOf(rule)}` });
    }
  }
  return violations;
}

function isRequired({ required, field }: FieldRule): boolean {
  return required && !filledElsewhere.has(`${field.parent.typeName}.${field.name}`);
}

/**
 * In proto3 a zero without presence cannot be told from absence, and it is legal for numbers,
 * booleans and enums whose zero means something (`TimeSeriesView.FULL`).
 */
function isMissing(message: ReflectMessage, { field }: FieldRule): boolean {
  if (message.isSet(field)) return false;
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) return true;
  if (field.fieldKind === 'enum') {
    return field.enum.values[0]?.name.endsWith('_UNSPECIFIED') ?? false;
  }
  return field.fieldKind !== 'scalar' || emptyMeansMissing.has(field.scalar);
}

function isWritten(field: string, mask: Mask | null): boolean {
  if (mask === null || !field.startsWith(`${mask.resource}.`)) return true;
  const path = field.slice(mask.resource.length + 1).replaceAll(/\[[^\]]*\]/g, '');
  return mask.paths.some(
    (masked) =>
      masked === '*' || `${path}.`.startsWith(`${masked}.`) || masked.startsWith(`${path}.`),
  );
}

function kindOf({ field }: FieldRule): string {
  const type = field.message?.typeName ?? field.enum?.typeName;
  if (field.fieldKind === 'list') return `at least one ${type ?? 'value'}`;
  return type === undefined ? 'a value that is not empty' : `a ${type}`;
}
