import { z } from 'zod';
import { clientSpec, paginatorSpec } from './rest-client-spec.ts';
import { loadFields } from './resource-spec.ts';
import { nameSpec, scalarSpec } from './scalar-spec.ts';

/** https://dlthub.com/docs/dlt-ecosystem/verified-sources/rest_api/basic#incremental-loading */
const incrementalFields = {
  cursor_path: z.string(),
  initial_value: scalarSpec.optional(),
  end_value: scalarSpec.optional(),
  lag: z
    .union([z.number(), z.string()])
    .optional()
    .describe('Read again this much before the last value: a number, or a duration for times.'),
  row_order: z.enum(['asc', 'desc']).optional().describe('Lets pages stop at the known range.'),
  range_start: z.enum(['open', 'closed']).default('closed'),
  range_end: z.enum(['open', 'closed']).default('open'),
  on_cursor_value_missing: z.enum(['raise', 'include', 'exclude']).default('raise'),
};

const incrementalSpec = z.strictObject({
  ...incrementalFields,
  start_param: z.string().optional(),
  end_param: z.string().optional(),
});
export type Incremental = z.output<typeof incrementalSpec>;

const paramSpec = z.union([
  scalarSpec,
  z.array(scalarSpec),
  z.strictObject({ ...incrementalFields, type: z.literal('incremental') }),
  z.strictObject({ type: z.literal('resolve'), resource: z.string(), field: z.string() }),
]);

const responseActionSpec = z.strictObject({
  status_code: z.int().optional(),
  content: z.string().optional().describe('Applies when the body contains this text.'),
  action: z.enum(['ignore', 'retry', 'raise']).describe('ignore: no rows, and no error.'),
});
export type ResponseAction = z.output<typeof responseActionSpec>;

const endpointObject = z.strictObject({
  path: z.string().optional().describe('Default: the name of the resource.'),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'get', 'post', 'put', 'patch']).optional(),
  headers: z.record(z.string(), z.string()).default({}),
  params: z.record(z.string(), paramSpec).default({}),
  json: z.record(z.string(), z.json()).optional(),
  data_selector: z
    .string()
    .optional()
    .describe('JSONPath of the records. Default: the list found in the response.'),
  paginator: paginatorSpec.optional(),
  incremental: incrementalSpec.optional(),
  response_actions: z.array(responseActionSpec).default([]),
});

const resourceFields = {
  ...loadFields,
  include_from_parent: z.array(z.string()).default([]),
  endpoint: z
    .union([z.string().transform((path) => endpointObject.parse({ path })), endpointObject])
    .optional(),
};

/** `sources/*.yml` with `type: rest_api`: the vocabulary of dlt's rest_api. */
export const restSourceSpec = z.strictObject({
  type: z.literal('rest_api'),
  description: z.string().optional(),
  client: clientSpec,
  resource_defaults: z.strictObject(resourceFields).partial().optional(),
  resources: z
    .array(
      z.union([
        nameSpec.transform((name) => ({ name, include_from_parent: [] as string[] })),
        z.strictObject({ name: nameSpec, ...resourceFields }),
      ]),
    )
    .min(1)
    .max(1000),
});
export type RestSourceSpec = z.output<typeof restSourceSpec>;
export type Endpoint = z.output<typeof endpointObject>;

/** An endpoint whose defaults are filled in. */
export type WholeEndpoint = Endpoint & { path: string; method: NonNullable<Endpoint['method']> };

/** A resource with the source's defaults merged in: what the adapter extracts. */
export interface RestResource {
  readonly name: string;
  readonly endpoint: WholeEndpoint;
  readonly includeFromParent: readonly string[];
}
