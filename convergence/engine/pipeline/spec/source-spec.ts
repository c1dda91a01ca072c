import { z } from 'zod';
import { fileSourceSpec, objectSourceSpec } from './file-source-spec.ts';
import { restSourceSpec } from './rest-source-spec.ts';

/** One file under `sources/`. A kind of source is a member here and an adapter. */
export const sourceSpec = z.discriminatedUnion('type', [
  restSourceSpec,
  fileSourceSpec,
  objectSourceSpec,
]);
export type SourceSpec = z.output<typeof sourceSpec>;
