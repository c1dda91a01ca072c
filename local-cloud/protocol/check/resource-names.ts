import type { DescField } from '@bufbuild/protobuf';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import type { Schema } from '../descriptor/build-schema.ts';
import type { FieldRule } from '../descriptor/field-rules.ts';
import type { Method } from '../descriptor/method.ts';
import { parsePathTemplate } from '../descriptor/path-template.ts';
import { shortNames, wildcardCollections } from './known-oddities.ts';
import { readText } from './read-value.ts';
import { joinPath } from './violation.ts';
import type { Violation } from './violation.ts';
import { valuesOf, walkMessages } from './walk-messages.ts';

/** Names that are not of the type which the field refers to. */
export function findBadNames(schema: Schema, request: ReflectMessage): readonly Violation[] {
  const violations: Violation[] = [];
  for (const { message, path } of walkMessages(request)) {
    for (const rule of schema.fieldRules(message.desc)) {
      const patterns = patternsOf(schema, rule);
      if (patterns.length === 0 || !message.isSet(rule.field)) continue;
      for (const [name, at] of valuesOf(message, rule.field)) {
        const description = judgeName(String(name), patterns, rule.field);
        if (description !== null) violations.push({ field: joinPath(path, at), description });
      }
    }
  }
  return violations;
}

/**
 * The names that REST has in the path, such as `service.name` of UpdateService, must be so in gRPC
 * too: there no path has checked them.
 */
export function findBadPathFields(method: Method, request: ReflectMessage): readonly Violation[] {
  const [main] = method.bindings;
  return (main?.path.variables ?? []).flatMap((field) => {
    const value = readText(request, field);
    const templates = method.bindings.flatMap(({ path }) => path.variable(field) ?? []);
    if (templates.some((template) => template.match(value) !== null)) return [];
    const expected = templates.map(({ text }) => text).join(' or ');
    return [{ field, description: `${JSON.stringify(value)} is not ${expected}` }];
  });
}

function patternsOf(schema: Schema, { field, reference }: FieldRule): readonly string[] {
  if (reference === undefined || shortNames.has(fullName(field))) return [];
  const { type, childType } = reference;
  const patterns = schema.resourcePatterns.get(type ?? childType ?? '') ?? [];
  // `*` (any name) is also a pattern of some types, and types of other products are not known.
  if (patterns.includes('*')) return [];
  return childType === undefined ? patterns : patterns.map(parentOf).filter((one) => one !== '');
}

/** `projects/{project}/locations/{location}` of `projects/{project}/locations/{location}/services/{service}`. */
function parentOf(pattern: string): string {
  return pattern.split('/').slice(0, -2).join('/');
}

function judgeName(name: string, patterns: readonly string[], field: DescField): string | null {
  const expected = patterns.join(' or ');
  if (!patterns.some((pattern) => parsePathTemplate(pattern).match(name) !== null)) {
    return `${JSON.stringify(name)} is not a resource name of the form ${expected}`;
  }
  const segments = name.split('/');
  const allowed = wildcardCollections[fullName(field)] ?? [];
  const wild = segments.findIndex(
    (one, index) => one === '-' && !allowed.includes(segments[index - 1] ?? ''),
  );
  return wild === -1
    ? null
    : `"-" is not taken for one of the ${segments[wild - 1]} in ${JSON.stringify(name)}`;
}

function fullName(field: DescField): string {
  return `${field.parent.typeName}.${field.name}`;
}
