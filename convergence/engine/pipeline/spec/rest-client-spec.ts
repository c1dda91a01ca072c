import { z } from 'zod';
import { durationSpec } from './scalar-spec.ts';

const statusOrHeader = z.string();

/**
 * The paginators of dlt's rest_api, with its names and defaults.
 * Source: https://dlthub.com/docs/dlt-ecosystem/verified-sources/rest_api/basic#pagination
 */
const paginatorObject = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('json_link'), next_url_path: z.string().default('next') }),
  z.strictObject({ type: z.literal('header_link'), links_next_key: z.string().default('next') }),
  z.strictObject({
    type: z.literal('header_cursor'),
    cursor_key: statusOrHeader.default('next'),
    cursor_param: z.string().default('cursor'),
  }),
  z.strictObject({
    type: z.literal('cursor'),
    cursor_path: z.string().default('cursors.next'),
    cursor_param: z.string().optional(),
    cursor_body_path: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('offset'),
    limit: z.int().min(1),
    offset: z.int().min(0).default(0),
    offset_param: z.string().default('offset'),
    limit_param: z.string().default('limit'),
    offset_body_path: z.string().optional(),
    limit_body_path: z.string().optional(),
    total_path: z.string().nullable().default('total'),
    maximum_offset: z.int().optional(),
    has_more_path: z.string().optional(),
    stop_after_empty_page: z.boolean().default(true),
  }),
  z.strictObject({
    type: z.literal('page_number'),
    base_page: z.int().default(0),
    page: z.int().optional(),
    page_param: z.string().default('page'),
    page_body_path: z.string().optional(),
    total_path: z.string().nullable().default('total').describe('Count of pages.'),
    maximum_page: z.int().optional(),
    has_more_path: z.string().optional(),
    stop_after_empty_page: z.boolean().default(true),
  }),
  z.strictObject({ type: z.literal('single_page') }),
  z.strictObject({ type: z.literal('auto') }),
]);

const paginatorName = z.enum([
  'json_link',
  'header_link',
  'header_cursor',
  'cursor',
  'single_page',
  'auto',
  'page_number',
]);

export const paginatorSpec = z.union([
  paginatorName.transform((type) => paginatorObject.parse({ type })),
  paginatorObject,
]);
export type Paginator = z.output<typeof paginatorObject>;

const authObject = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('bearer'), token: z.string() }),
  z.strictObject({
    type: z.literal('api_key'),
    name: z.string().default('Authorization'),
    api_key: z.string(),
    location: z.enum(['header', 'cookie', 'query', 'param']).default('header'),
  }),
  z.strictObject({ type: z.literal('http_basic'), username: z.string(), password: z.string() }),
  z.strictObject({
    type: z.literal('oauth2_client_credentials'),
    access_token_url: z.string(),
    client_id: z.string(),
    client_secret: z.string(),
    access_token_request_data: z.record(z.string(), z.string()).default({}),
    default_token_expiration: z.int().default(3600).describe('Seconds.'),
  }),
]);
export type Auth = z.output<typeof authObject>;

const retrySpec = z.strictObject({
  max_attempts: z.int().min(1).max(20).default(6),
  initial_delay: durationSpec.default('1s'),
  max_delay: durationSpec.default('60s'),
});

export const clientSpec = z.strictObject({
  base_url: z.string(),
  headers: z.record(z.string(), z.string()).default({}),
  auth: authObject.optional(),
  paginator: paginatorSpec.optional(),
  rate_limit: z
    .strictObject({
      requests: z.int().min(1),
      per: durationSpec.default('1s'),
      concurrency: z.int().min(1).default(4),
    })
    .optional()
    .describe('One budget for all requests with the same credential.'),
  retry: retrySpec.optional(),
  timeout: durationSpec.default('60s').describe('Longest silence of the server.'),
  max_page_size: z
    .string()
    .regex(/^\d+(KB|MB|GB)$/, 'a size such as 64MB')
    .default('64MB')
    .describe('Of one decoded answer; reading it takes about twelve times as much memory.'),
});
export type RestClient = z.output<typeof clientSpec>;
