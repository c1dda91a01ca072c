import type { FileSourceSpec } from './file-source-spec.ts';
import type { RestSourceSpec } from './rest-source-spec.ts';

/** One file under `sources/`. A kind of source is a member here and an adapter. */
export type SourceSpec = RestSourceSpec | FileSourceSpec;
