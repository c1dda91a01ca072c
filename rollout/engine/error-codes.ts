import { AppError } from 'base/error.ts';
import type { AppErrorInit, ErrorKind } from 'base/error.ts';

/**
 * Every error that Rollout can report: its code, the kind that decides behaviour, and one sentence
 * for `docs/reference/rollout-errors.md`, which is generated from this table.
 */
export const ERROR_CODES = {
  // rollout.yaml and flags
  config_invalid: ['input', 'rollout.yaml has mistakes; each is listed with its place.'],
  config_absent: ['absent', 'There is no rollout.yaml in the folder.'],
  config_exists: ['conflict', 'There is a rollout.yaml already.'],
  environment_absent: ['absent', 'rollout.yaml declares no environment of that name.'],
  service_unknown: ['absent', 'rollout.yaml declares no service of that name.'],
  flag_invalid: ['input', 'An option has a malformed or missing value.'],
  not_confirmed: ['input', 'A question before a change was not answered with yes.'],
  internal: ['broken', 'Something that nobody foresaw.'],
  local_cloud_absent: ['absent', 'The project is local, and local-cloud is not running.'],
  // the journal's rollouts, as commands name them
  rollout_absent: ['absent', 'The journal of the service has no such rollout.'],
  rollout_refused: ['conflict', 'A gate is closed, so that nothing may be shipped now.'],
  rollout_owned: ['conflict', 'Another process runs this rollout.'],
  rollout_taken: ['conflict', 'Another process took this rollout over.'],
  rollout_over: ['conflict', 'The rollout has ended.'],
  command_refused: ['conflict', 'The command makes no sense in the state of the rollout.'],
  nothing_to_return_to: ['absent', 'The service has no good revision besides the one that serves.'],
  // the platform
  platform_unreachable: ['transient', 'The platform does not answer.'],
  platform_denied: ['access', 'The platform refuses the credentials, or they lack a permission.'],
  service_absent: ['absent', 'There is no such service in the project and region.'],
  service_exists: ['conflict', 'The service was created by somebody else meanwhile.'],
  revision_absent: ['absent', 'The service has no revision of that name.'],
  revision_exists: ['conflict', 'The service has a revision of that name already.'],
  etag_stale: ['conflict', 'Somebody changed the service since it was read.'],
  effect_refused: ['input', 'The platform refuses the write; its words are in the message.'],
  message_invalid: ['broken', "A message does not fit the platform's own description of it."],
  operation_failed: ['broken', 'The platform began a write and could not finish it.'],
  operation_overdue: ['transient', 'A write did not finish by its deadline.'],
  operation_unknown: ['absent', 'The platform knows nothing of the operation any more.'],
  // journal
  journal_unreachable: ['transient', 'The journal cannot be reached.'],
  journal_denied: ['access', 'The credentials may not read or write the journal.'],
  journal_damaged: ['broken', 'An entry of the journal is missing or cannot be read.'],
  // metrics
  metrics_unavailable: ['transient', 'The source of the metrics does not answer.'],
  metrics_denied: ['access', 'The source of the metrics refuses the credentials.'],
  // contract
  contract_absent: ['absent', 'There is no OpenAPI document at that path or URL.'],
  contract_invalid: ['input', 'A document is no OpenAPI 3.0 or 3.1 that can be compared.'],
  // scheduler
  scheduler_absent: ['absent', 'rollout.yaml declares no job of Cloud Scheduler here.'],
  secret_absent: ['absent', 'Secret Manager has no such version that can be read.'],
  // build
  build_failed: ['input', 'The image could not be built; its last lines are in the message.'],
  builder_missing: ['input', 'Neither docker nor podman is there to build with.'],
} as const satisfies Record<string, readonly [ErrorKind, string]>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error of the registry, to be thrown. */
export function fail(
  code: ErrorCode,
  message: string,
  more: Pick<AppErrorInit, 'hint' | 'details' | 'cause'> = {},
): AppError {
  const [kind] = ERROR_CODES[code];
  return new AppError({ code, kind, message, ...more });
}
