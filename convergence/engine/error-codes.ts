import { AppError } from 'base/error.ts';
import type { ErrorKind } from 'base/error.ts';

/**
 * Every error that Convergence can report: its code, the kind that decides behaviour, and one
 * sentence for `docs/reference/errors.md`, which is generated from this table.
 */
export const ERROR_CODES = {
  // tenant folder and settings
  settings_invalid: ['input', 'One or more settings are missing or malformed; all are listed.'],
  config_invalid: ['input', 'Files of the tenant have mistakes; each is listed with its place.'],
  tenant_id_invalid: ['input', 'A tenant id does not match ^[a-z][a-z0-9_]{2,49}$.'],
  text_unstorable: ['input', 'A text holds a character that the database cannot store.'],
  path_outside: ['input', 'A path in a config leaves the folder of its tenant.'],
  secret_readable: ['input', 'A secret file can be read by other users of the machine.'],
  secret_absent: ['input', 'A config names a secret that the tenant does not have.'],
  value_unknown: ['input', 'A {{ }} expression names something that does not exist.'],
  parameter_unknown: ['input', 'A trigger sends a parameter that the pipeline does not declare.'],
  parameter_invalid: ['input', 'A parameter is missing or of another type than its default.'],
  plans_invalid: ['input', 'The plan file has mistakes; each is listed with its place.'],
  plan_unknown: ['input', 'The platform has no plan of that name.'],
  request_invalid: ['input', 'A request or command has a malformed or missing value.'],
  request_malformed: ['input', 'A request is not well-formed, such as broken JSON.'],
  request_too_large: ['input', 'The body of a request is larger than the limit.'],
  content_type_unsupported: ['input', 'The body of a request is not JSON.'],
  method_not_allowed: ['input', 'The route exists, but not with that method.'],
  request_timeout: ['transient', 'A request took longer than the API waits.'],
  // who may
  key_missing: ['access', 'The request carries no API key.'],
  key_invalid: ['access', 'The API key is unknown, expired or revoked.'],
  admin_key_invalid: ['access', 'The admin key is missing or wrong.'],
  scope_missing: ['access', 'The API key lacks the scope that the route needs.'],
  tenant_suspended: ['access', 'The tenant is suspended and may not start anything.'],
  quota_exceeded: ['transient', 'A limit of the plan is reached; the answer says when it resets.'],
  rate_limited: ['transient', 'Too many requests with one key or from one address.'],
  google_denied: ['access', 'There are no credentials for Google Cloud, or they may not do that.'],
  // not there
  tenant_absent: ['absent', 'No such tenant, or not yours.'],
  pipeline_absent: ['absent', 'No such pipeline, or not yours.'],
  schedule_absent: ['absent', 'The pipeline has no schedule.'],
  run_absent: ['absent', 'No such run, or not yours.'],
  backfill_absent: ['absent', 'No such backfill, or not yours.'],
  table_absent: ['absent', 'No such table in the dataset of the tenant.'],
  key_absent: ['absent', 'No such key.'],
  source_absent: ['absent', 'No such source in the folder of the tenant.'],
  resource_absent: ['absent', 'The source declares no resource of that name.'],
  document_absent: ['absent', 'No such config was sent to the API, or it was deleted.'],
  sink_absent: ['absent', 'No such webhook or channel, or not yours.'],
  route_absent: ['absent', 'No such route.'],
  credential_absent: ['absent', 'The tenant has no credential of that name.'],
  // conflicts
  key_ended: ['conflict', 'A key was revoked, has expired or was rotated already.'],
  admin_key_last: ['conflict', 'Without this key no admin key would be left.'],
  tenant_exists: ['conflict', 'A tenant with that id exists and differs from the request.'],
  tenant_offboarding: ['conflict', 'The tenant is being offboarded; nothing of it may change.'],
  document_is_file: ['conflict', 'The path of a document is a file in the folder of the tenant.'],
  version_conflict: ['conflict', 'A document has another version than the change expects.'],
  export_exists: ['conflict', 'The folder of an export holds something else already.'],
  plan_in_use: ['conflict', 'Tenants have a plan that the plan file does not have any more.'],
  run_finished: ['conflict', 'The run has ended, so it cannot be cancelled.'],
  run_active: ['conflict', 'The run has not ended, so it cannot be restarted.'],
  run_restarted: ['conflict', 'The run was restarted before; many are restarted once each.'],
  port_taken: ['conflict', 'Another program listens on the port of the API.'],
  data_folder_locked: ['conflict', 'Another process uses the data folder.'],
  state_moved: ['transient', 'Another run loaded the same resource meanwhile.'],
  lease_lost: ['conflict', 'A newer worker took the run; this one may not publish.'],
  confirmation_needed: ['conflict', 'A destructive operation needs its confirmation token.'],
  idempotency_conflict: ['conflict', 'The Idempotency-Key was used for a different request.'],
  // sources
  source_unreachable: ['transient', 'The source does not answer, or breaks off while it answers.'],
  source_refused: ['input', 'The source answers with an error that a retry does not cure.'],
  source_busy: ['transient', 'The source keeps answering 429 or 5xx after all retries.'],
  source_auth_failed: ['input', 'The source rejects the credentials, or no token could be had.'],
  source_not_json: ['input', 'The source answers with something that is not JSON.'],
  source_page_too_large: ['input', 'One page of the source is larger than the limit.'],
  source_incomplete: ['transient', 'The source stopped before the total that it declares.'],
  source_selector_empty: ['input', 'The data selector finds no list or object in the response.'],
  source_paging_broken: [
    'input',
    'The pages of a source cannot be followed: a circle, or a bad link or total.',
  ],
  source_address_forbidden: ['input', 'A source points to a private address that is not allowed.'],
  cursor_value_missing: ['input', 'A record lacks the value of the incremental cursor.'],
  file_unreadable: ['input', 'A file cannot be read in the format that was declared or found.'],
  file_changed: ['transient', 'A file changed while it was being read.'],
  no_files: ['input', 'A glob of a source matches no file or object.'],
  // object storage
  object_uri_invalid: ['input', 'A place in object storage is not gs://… or s3://….'],
  object_changed: ['transient', 'An object was replaced or removed while it was being read.'],
  object_damaged: ['transient', 'An object arrived with another checksum than it was stored with.'],
  object_exists: ['conflict', 'An object is there already, with another content.'],
  bucket_absent: ['absent', 'No such bucket.'],
  storage_denied: ['access', 'Object storage does not let the credentials do that.'],
  storage_refused: ['input', 'Object storage answers with an error that a retry does not cure.'],
  storage_unreachable: ['transient', 'Object storage does not answer, or asks to come later.'],
  // rows
  columns_too_many: ['input', 'A record has more columns than a table may have.'],
  schema_frozen: ['input', 'Data does not fit the table and the contract is freeze.'],
  type_conflict: ['input', 'A value does not fit the declared type of its column.'],
  primary_key_missing: ['input', 'A merge has no primary key, or rows without a value in it.'],
  too_many_bad_rows: ['input', 'More rows failed a rule than its mostly allows.'],
  audit_failed: ['input', 'The staged data breaks a dataset rule; nothing was published.'],
  dq_failed: ['input', 'A published table breaks a rule with severity error.'],
  // SQL
  sql_invalid: ['input', 'SQL of the tenant has an error; its line is shown.'],
  sql_forbidden: ['access', 'SQL reaches outside the dataset of the tenant.'],
  transform_cycle: ['input', 'Transforms depend on each other in a circle.'],
  query_timeout: ['input', 'A query ran longer than its limit.'],
  result_too_large: ['input', 'A result is larger than the limit of a query.'],
  // runs
  step_timeout: ['transient', 'A step ran longer than its timeout.'],
  schedule_missed: ['transient', 'No scheduler ran when the moment had come, and it is past.'],
  cancelled: ['conflict', 'The run was cancelled.'],
  orphaned: ['transient', 'The worker of the run disappeared too often.'],
  // events
  delivery_failed: ['transient', 'A receiver of events does not answer, or answers with an error.'],
  sink_address_forbidden: ['input', 'Events may not be sent to an address that is not public.'],
  sinks_too_many: ['conflict', 'No more webhooks may be registered.'],
  // the house
  tenant_busy: ['transient', 'Runs of a tenant that leaves have not ended yet.'],
  kms_invalid: ['input', 'The file of master keys is missing, damaged or open to others.'],
  kms_refused: ['broken', 'Something encrypted is damaged, or its master key is not there.'],
  kms_unavailable: ['transient', 'The KMS cannot be reached at the moment.'],
  warehouse_busy: ['transient', 'Another process holds the warehouse file of the tenant.'],
  warehouse_damaged: ['broken', 'The warehouse file of the tenant cannot be read any more.'],
  disk_full: ['transient', 'No space is left on the disk.'],
  memory_exceeded: ['transient', 'An operation needs more memory than its limit.'],
  platform_unreachable: ['transient', 'No Convergence API answers at the address.'],
  database_unreachable: ['transient', 'The control database does not answer.'],
  migration_conflict: ['conflict', 'The migrations of the database and of the code differ.'],
  database_not_empty: ['conflict', 'A backup is restored only to an empty database, unless told.'],
  backup_invalid: ['input', 'A file is no whole backup of the control database.'],
  backup_failed: ['broken', 'A program of PostgreSQL that backs up or restores did not succeed.'],
  program_missing: ['absent', 'A program that this needs is not installed.'],
  unsupported: ['input', 'A feature that this version does not have.'],
  internal: ['broken', 'A mistake of ours; the evidence is in the log.'],
} as const satisfies Record<string, readonly [ErrorKind, string]>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An `AppError` of a registered code; its kind comes from the registry. */
export function fail(
  code: ErrorCode,
  message: string,
  extra: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {},
): AppError {
  return new AppError({ code, kind: ERROR_CODES[code][0], message, ...extra });
}
