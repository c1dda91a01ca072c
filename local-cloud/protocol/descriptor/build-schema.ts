import type { DescMessage, FileRegistry } from '@bufbuild/protobuf';
import { fieldRulesOf } from './field-rules.ts';
import type { FieldRule } from './field-rules.ts';
import { loadDescriptors } from './load-descriptors.ts';
import type { ProtoFiles } from './load-descriptors.ts';
import { readMethods } from './method.ts';
import type { Method } from './method.ts';
import { readResourcePatterns } from './resource-patterns.ts';
import type { ResourcePatterns } from './resource-patterns.ts';

/** All that the protos say, ready to check with. */
export interface Schema {
  readonly registry: FileRegistry;
  /** One request, one answer. */
  readonly methods: readonly Method[];
  /** Those that stream requests, answers or both. */
  readonly streams: readonly Method[];
  readonly resourcePatterns: ResourcePatterns;
  fieldRules(desc: DescMessage): readonly FieldRule[];
}

// Operations because each long-running method needs them; details because every refusal does.
const always = ['google/longrunning/operations.proto', 'google/rpc/error_details.proto'];

export async function buildSchema(protos: ProtoFiles): Promise<Schema> {
  const all = { ...protos, 'google-gax': [...(protos['google-gax'] ?? []), ...always] };
  const registry = await loadDescriptors(all);
  const found = readMethods(registry, Object.values(all).flat());
  const isUnary = ({ desc }: Method) => desc.methodKind === 'unary';
  return {
    registry,
    methods: found.filter(isUnary),
    streams: found.filter((method) => !isUnary(method)),
    resourcePatterns: readResourcePatterns(registry),
    fieldRules: fieldRulesOf(registry),
  };
}
