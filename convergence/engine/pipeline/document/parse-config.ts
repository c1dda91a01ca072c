import { parseSpec } from 'base/document/parse-spec.ts';
import type { SpecReading } from 'base/document/parse-spec.ts';
import type { YamlDocument } from 'base/document/yaml-document.ts';
import type { z } from 'zod';
import { sayUnsupported } from './unsupported-keys.ts';

/** `parseSpec`, which also knows what is particular to the files of a tenant. */
export function parseConfig<T>(document: YamlDocument, schema: z.ZodType<T>): SpecReading<T> {
  return parseSpec(document, schema, { insteadOf: sayUnsupported, hintFor: sayFixed });
}

function sayFixed(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.includes('{{')) return undefined;
  return 'write a fixed value: {{ }} stands only where any text may stand';
}
