import type { DescField, DescMessage, FileRegistry } from '@bufbuild/protobuf';
import { readOption } from './read-option.ts';

/** What the options of one field demand of a request. */
export interface FieldRule {
  readonly field: DescField;
  readonly required: boolean;
  readonly outputOnly: boolean;
  readonly reference: { readonly type?: string; readonly childType?: string } | undefined;
}

// google.api.FieldBehavior
const required = 2;
const outputOnly = 3;

/** Reads the rules of a message's fields once per message. */
export function fieldRulesOf(registry: FileRegistry): (desc: DescMessage) => readonly FieldRule[] {
  const known = new Map<DescMessage, readonly FieldRule[]>();
  return (desc) => {
    const rules = known.get(desc) ?? desc.fields.map((field) => readRule(registry, field));
    known.set(desc, rules);
    return rules;
  };
}

type Behavior = readonly number[] | undefined;

function readRule(registry: FileRegistry, field: DescField): FieldRule {
  const behavior = readOption(registry, field, 'google.api.field_behavior') as Behavior;
  return {
    field,
    required: behavior?.includes(required) ?? false,
    outputOnly: behavior?.includes(outputOnly) ?? false,
    reference: readOption(
      registry,
      field,
      'google.api.resource_reference',
    ) as FieldRule['reference'],
  };
}
