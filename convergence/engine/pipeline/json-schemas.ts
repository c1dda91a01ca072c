import { z } from 'zod';
import { checkSpec } from './spec/check-spec.ts';
import { pipelineSpec } from './spec/pipeline-spec.ts';
import { sourceSpec } from './spec/source-spec.ts';
import { tableSpec } from './spec/table-spec.ts';
import { transformHeaderSpec } from './spec/transform-spec.ts';
import { ruleNames } from './validate/rule-alias.ts';

type JsonSchema = Record<string, unknown>;

const documents = {
  pipeline: [pipelineSpec, 'A file of pipelines/: steps that run in order.'],
  source: [sourceSpec, 'A file of sources/: where rows come from.'],
  checks: [checkSpec, 'A file of checks/: rules over one table.'],
  schema: [tableSpec, 'A file of schemas/: a declared table.'],
  transform: [transformHeaderSpec, 'The header comment of a file of transforms/.'],
} as const satisfies Record<string, readonly [z.ZodType, string]>;

/**
 * JSON Schemas (draft 2020-12) of a tenant's files, by file name, for editors that complete and
 * check while one types. They say what a single file may hold, not what must hold among files.
 */
export function jsonSchemas(): Readonly<Record<string, JsonSchema>> {
  const schemas = Object.entries(documents).map(([name, [spec, description]]) => {
    const fileName = `${name}.schema.json`;
    const schema = z.toJSONSchema(spec, {
      io: 'input',
      reused: 'ref',
      override: widen,
    }) as JsonSchema;
    const { $schema, ...body } = schema;
    return [fileName, { $schema, $id: fileName, title: name, description, ...body }] as const;
  });
  return Object.fromEntries(schemas);
}

/** What loading accepts before it parses: other names of rules, and dlt's configs without types. */
function widen({ jsonSchema: schema }: { jsonSchema: JsonSchema }): void {
  const properties = schema.properties as Record<string, JsonSchema> | undefined;
  const rule = properties?.rule?.const;
  if (properties && typeof rule === 'string') {
    properties.rule = { type: 'string', enum: ruleNames(rule) };
  }
  const type = properties?.type?.const;
  if ((type === 'rest_api' || type === 'bearer') && Array.isArray(schema.required)) {
    schema.required = schema.required.filter((name) => name !== 'type');
  }
}
