import type { DescField, DescEnum } from '@bufbuild/protobuf';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import { joinPath } from './violation.ts';
import type { Violation } from './violation.ts';
import { valuesOf, walkMessages } from './walk-messages.ts';

/** Field numbers and enum numbers that the descriptors do not have. */
export function findUnknown(request: ReflectMessage): readonly Violation[] {
  const violations: Violation[] = [];
  for (const { message, path } of walkMessages(request)) {
    for (const { no } of message.getUnknown() ?? []) {
      const description = `${message.desc.typeName} has no field with the number ${no}`;
      violations.push({ field: path, description });
    }
    for (const field of message.fields) violations.push(...unknownValues(message, field, path));
  }
  return violations;
}

function unknownValues(message: ReflectMessage, field: DescField, path: string): Violation[] {
  const ofEnum = field.enum;
  if (ofEnum === undefined || !message.isSet(field)) return [];
  return [...valuesOf(message, field)]
    .filter(([value]) => ofEnum.value[value as number] === undefined)
    .map(([value, at]) => ({
      field: joinPath(path, at),
      description: `${String(value)} is not a value of ${ofEnum.typeName}: expected ${namesOf(ofEnum)}`,
    }));
}

function namesOf(desc: DescEnum): string {
  return desc.values.map(({ name }) => name).join(', ');
}
