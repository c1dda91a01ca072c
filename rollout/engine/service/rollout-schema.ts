import { z } from 'zod';
import { rolloutDocument } from './document/rollout-document.ts';

/**
 * JSON Schema (draft 2020-12) of rollout.yaml, for editors that complete and check while one types.
 * What it takes together with what cannot be seen in one key is checked by `loadRolloutFile` only.
 */
export function rolloutSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(rolloutDocument, { io: 'input', reused: 'ref' });
  const { $schema, ...body } = schema;
  const description = 'rollout.yaml: what is shipped, where to, and how carefully.';
  return { $schema, $id: 'rollout.schema.json', title: 'rollout', description, ...body };
}
