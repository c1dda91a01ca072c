import { formatEnvProblem, readEnv } from 'base/env.ts';
import type { EnvProblem } from 'base/env.ts';
import { z } from 'zod';
import { fail } from '../../engine/error-codes.ts';

/** `description` is what an error says was expected; `meaning` is for the reference. */
const says = (description: string, meaning: string) => ({ description, meaning });
const flag = z.stringbool();
const portNumber = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().int().min(0);
const longKey = z.string().min(32);
const bucketPlace = z
  .string()
  .regex(/^(gs|s3):\/\/[a-z0-9][\w.-]*[a-z0-9](\/.*)?$/)
  .transform((location) => location.replace(/\/+$/, ''));

/** Every environment variable that Convergence reads, held against docs/reference/settings.md. */
export const settingsSchema = z.object({
  ENVIRONMENT: z
    .enum(['development', 'staging', 'production'])
    .default('development')
    .meta(says('development, staging or production', 'How strict to be about the rest.')),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta(says('debug, info, warn, error or silent', 'The least severe lines to write.')),
  VERSION: z.string().default('0.1.0').meta(says('any text', 'Shown by /health.')),
  ACCESS_LOG: flag
    .default(false)
    .meta(says('true or false', 'Write a line for each request; Cloud Run writes its own.')),
  METRICS_PORT: portNumber
    .optional()
    .meta(
      says(
        'a port number',
        'A worker without API serves /metrics there; absent: at PORT, where that is set.',
      ),
    ),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta(
      says('http://… or https://…', 'Collector that takes traces (OTLP); absent: none are made.'),
    ),

  API_HOST: z
    .string()
    .default('127.0.0.1')
    .meta(says('an address', 'Where the API listens; `0.0.0.0` in a container.')),
  API_PORT: portNumber
    .default(8000)
    .meta(says('a port number', 'Port of the API; 0 takes a free one.')),
  PORT: portNumber
    .optional()
    .meta(says('a port number', 'Set by Cloud Run; stronger than API_PORT.')),
  API_DOCS: flag
    .optional()
    .meta(says('true or false', 'Serve /docs and /openapi.json; default: not in production.')),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .meta(
      says('http(s)://…', 'Where the API is reached from outside; links in messages begin so.'),
    ),
  TRUSTED_PROXY_HOPS: count
    .default(0)
    .meta(says('a number of proxies', 'How many proxies in front may name the client’s address.')),
  RATE_LIMIT_PER_KEY: count
    .default(3_000)
    .meta(says('requests per minute', 'Of one key, in each API process; 0: without limit.')),
  RATE_LIMIT_PER_ADDRESS: count
    .default(6_000)
    .meta(says('requests per minute', 'From one address, in each API process; 0: without limit.')),

  ADMIN_API_KEY: longKey
    .optional()
    .meta(
      says(
        'at least 32 characters',
        'Opens the admin routes, beside admin keys; absent in development: made in DATA_DIR.',
      ),
    ),
  API_KEY_PEPPER: longKey
    .optional()
    .meta(
      says(
        'at least 32 characters',
        'Keys are stored as HMACs under it; absent: made, and stored under the master keys.',
      ),
    ),
  KMS_KEY_FILE: z
    .string()
    .optional()
    .meta(
      says(
        'a path',
        'File of master keys, made by `setup-kms`; absent in development: made in DATA_DIR.',
      ),
    ),
  DISABLE_AUTH: flag
    .default(false)
    .meta(says('true or false', 'Development only: everybody may act as any tenant and admin.')),

  CONFIG_DIR: z
    .string()
    .default('configs')
    .meta(says('a folder', 'Holds one folder for each tenant.')),
  DATA_DIR: z
    .string()
    .default('.convergence')
    .meta(says('a folder', 'Holds warehouse files, raw parts and the embedded database.')),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .meta(says('postgres://…', 'The control database; absent: embedded in DATA_DIR.')),
  WAREHOUSE: z
    .enum(['duckdb', 'bigquery'])
    .default('duckdb')
    .meta(says('duckdb or bigquery', 'Where the tables of tenants live.')),
  FILE_ROOTS: z
    .string()
    .default('')
    .transform((list) => list.split(',').flatMap((root) => root.trim() || []))
    .meta(says('folders, separated by commas', 'What file sources may read besides CONFIG_DIR.')),
  PARTS_LOCATION: bucketPlace
    .optional()
    .meta(
      says(
        'gs://bucket/path or s3://bucket/path',
        'Where raw parts of runs are kept beside DATA_DIR, for workers whose disk dies with them.',
      ),
    ),
  EXPORT_LOCATION: bucketPlace
    .optional()
    .meta(
      says(
        'gs://bucket/path or s3://bucket/path',
        'Where tenants are exported to when they leave; absent: DATA_DIR/exports.',
      ),
    ),
  OBJECT_ROOTS: z
    .string()
    .default('')
    .transform((list) => list.split(',').flatMap((root) => root.trim() || []))
    .meta(
      says(
        'places such as gs://landing/{tenant}/, separated by commas',
        'What object sources may read with the platform’s own credentials; absent: nothing, in development anything.',
      ),
    ),
  ALLOW_PRIVATE_SOURCES: flag
    .optional()
    .meta(
      says('true or false', 'Let sources reach private addresses; default: only in development.'),
    ),
  PLANS_FILE: z
    .string()
    .optional()
    .meta(says('a file', 'The plans of tenants; absent: those of docs/reference/plans.yml.')),
  ALLOW_PRIVATE_WEBHOOKS: flag
    .optional()
    .meta(
      says('true or false', 'Let events go to private addresses; default: only in development.'),
    ),
  SCHEDULER: flag
    .default(true)
    .meta(
      says(
        'true or false',
        'Let `dev` and workers start schedules, reset quotas, clean up and copy history; false where something else calls /api/v1/scheduler.',
      ),
    ),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .meta(says('smtp://… or smtps://…', 'The mail server for notices; absent: there is no mail.')),
  SMTP_FROM: z
    .string()
    .regex(/@/)
    .optional()
    .meta(says('a mail address', 'Who the mails come from; needed with SMTP_URL.')),
  WORKER_CONCURRENCY: count
    .min(1)
    .default(2)
    .meta(says('a number from 1', 'Runs that one worker executes at the same time.')),

  GCP_PROJECT_ID: z
    .string()
    .optional()
    .meta(says('a project id', 'Needed when WAREHOUSE is bigquery.')),
  BIGQUERY_LOCATION: z.string().default('US').meta(says('a location', 'Of new datasets.')),
  BIGQUERY_DATASET_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,40}$/)
    .default('tenant_')
    .meta(says('letters, digits, _', 'In front of the id of a tenant in the name of its dataset.')),
  BIGQUERY_PARTITION_DAYS: count
    .min(1)
    .optional()
    .meta(
      says(
        'a number of days',
        'Default expiry in new datasets: partitions by time whose table says nothing else are dropped after it; absent: never.',
      ),
    ),
  BIGQUERY_STAGING_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/)
    .optional()
    .meta(says('a bucket', 'Where rows wait for BigQuery. Absent: they go with the requests.')),
  GOOGLE_APPLICATION_CREDENTIALS: z
    .string()
    .optional()
    .meta(says('a path', 'Credentials of Google’s clients, where the platform gives none.')),
  GCP_KMS_KEY_NAME: z
    .string()
    .regex(/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/)
    .optional()
    .meta(
      says(
        'projects/P/locations/L/keyRings/R/cryptoKeys/K',
        'Master key at Google, made by `setup-kms`; in the place of KMS_KEY_FILE.',
      ),
    ),
  GCP_SECRET_MANAGER: flag
    .optional()
    .meta(
      says(
        'true or false',
        'Take secrets of tenants also from Google Secret Manager; default: with GCP_PROJECT_ID, and not in development.',
      ),
    ),
  GCP_REST_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .meta(
      says('http://…', 'Where local-cloud answers REST in the place of Google; not in production.'),
    ),
  GCP_GRPC_ENDPOINT: z
    .string()
    .regex(/^[^:/\s]+:\d+$/)
    .optional()
    .meta(
      says(
        'HOST:PORT',
        'Where local-cloud answers gRPC in the place of Google; not in production.',
      ),
    ),
  PUBSUB_TOPIC: z
    .string()
    .regex(/^(projects\/[^/]+\/topics\/)?[A-Za-z][\w.~+%-]{2,254}$/)
    .optional()
    .meta(
      says(
        'a topic such as pipeline-events-production',
        'Topic of Pub/Sub that is sent the events of all tenants; absent: none is.',
      ),
    ),
  PUBSUB_EMULATOR_HOST: z
    .string()
    .regex(/^[^:/\s]+:\d+$/)
    .optional()
    .meta(says('HOST:PORT', 'Where the emulator of Pub/Sub answers in the place of Google.')),
  WAKE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta(says('http(s)://…/wake', 'Where Cloud Tasks wakes the workers; absent: it does not.')),
  WAKE_QUEUE: z
    .string()
    .regex(/^projects\/[^/]+\/locations\/[^/]+\/queues\/[^/]+$/)
    .optional()
    .meta(says('projects/…/locations/…/queues/…', 'Queue of Cloud Tasks; needed with WAKE_URL.')),
  WAKE_SERVICE_ACCOUNT: z
    .string()
    .regex(/@/)
    .optional()
    .meta(says('an email address', 'Service account that Cloud Tasks calls WAKE_URL as.')),
  REDIS_URL: z
    .string()
    .optional()
    .meta(says('any text', 'Accepted and not used: the queue is in the control database.')),
});

export type Settings = Readonly<z.infer<typeof settingsSchema>>;
type Env = Readonly<Record<string, string | undefined>>;

/**
 * All settings, frozen. @throws settings_invalid, which lists every problem.
 */
export function readSettings(env: Env): Settings {
  const result = readEnv(settingsSchema, env);
  const malformed = 'problems' in result ? result.problems : [];
  const problems = [...malformed, ...findUnsafe(env, new Set(malformed.map(({ name }) => name)))];
  if ('settings' in result && problems.length === 0) return result.settings;
  throw fail('settings_invalid', problems.map(formatEnvProblem).join('\n'), {
    hint: 'Set these environment variables; docs/reference/settings.md describes each.',
    details: { problems },
  });
}

/** What is well-formed, yet must not be so in this environment; found beside other mistakes. */
function findUnsafe(env: Env, malformed: ReadonlySet<string>): EnvProblem[] {
  const environment = env.ENVIRONMENT?.trim() || 'development';
  const problems: EnvProblem[] = [];
  const need = (name: string, expected: string) => {
    if (!env[name]?.trim() && !malformed.has(name)) {
      problems.push({ name, value: undefined, expected });
    }
  };
  if (environment !== 'development') {
    if (!env.API_KEY_PEPPER?.trim() && !env.GCP_KMS_KEY_NAME?.trim())
      need('KMS_KEY_FILE', `a file of master keys in ${environment}, or GCP_KMS_KEY_NAME`);
    need('DATABASE_URL', `postgres://… in ${environment}`);
    if (flag.safeParse(env.DISABLE_AUTH?.trim()).data) {
      const expected = `nothing in ${environment}: authentication stays on`;
      problems.push({ name: 'DISABLE_AUTH', value: env.DISABLE_AUTH, expected });
    }
  }
  for (const name of ['GCP_REST_ENDPOINT', 'GCP_GRPC_ENDPOINT']) {
    if (environment !== 'production' || !env[name]?.trim()) continue;
    const expected = 'nothing in production: Google itself is asked, with credentials';
    problems.push({ name, value: env[name], expected });
  }
  if (env.SMTP_URL?.trim()) need('SMTP_FROM', 'the address that mails come from');
  if (env.WAKE_URL?.trim()) {
    need('WAKE_QUEUE', 'a queue of Cloud Tasks that calls WAKE_URL');
    need('GCP_PROJECT_ID', 'the project that Cloud Tasks is used in');
  }
  if (env.PUBSUB_TOPIC?.trim()) {
    need('GCP_PROJECT_ID', 'the project of the topic');
    if (env.GCP_GRPC_ENDPOINT?.trim())
      need('PUBSUB_EMULATOR_HOST', 'HOST:PORT, as local-cloud has no Pub/Sub');
  }
  if (env.PARTS_LOCATION?.trim().startsWith('gs:'))
    need('GCP_PROJECT_ID', 'the project of the bucket');
  if (env.GCP_KMS_KEY_NAME?.trim()) need('GCP_PROJECT_ID', 'the project of the platform');
  if (flag.safeParse(env.GCP_SECRET_MANAGER?.trim()).data)
    need('GCP_PROJECT_ID', 'the project of the secrets');
  if (env.WAREHOUSE?.trim() === 'bigquery') need('GCP_PROJECT_ID', 'the project of the datasets');
  return problems;
}

/** What an operator should read once at start although nothing is wrong. */
export function settingsNotices(settings: Settings): string[] {
  const notices: string[] = [];
  if (settings.REDIS_URL) notices.push('REDIS_URL is not used: the queue is in the database.');
  if (settings.DISABLE_AUTH) notices.push('DISABLE_AUTH is on: whoever reaches the API may all.');
  return notices;
}
