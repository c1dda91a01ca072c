import { refuseFields } from '../../protocol/check/violation.ts';
import type { Violation } from '../../protocol/check/violation.ts';
import { StatusError, statusCodes } from '../../protocol/status-error.ts';
import { durationMs } from '../../push/duration.ts';
import type { PushOutcome } from '../../push/send-push.ts';

/** In the JSON of google.cloud.tasks.v2.HttpRequest. */
export interface HttpRequest {
  readonly url: string;
  readonly httpMethod: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly oauthToken?: Readonly<Record<string, string>>;
  readonly oidcToken?: Readonly<Record<string, string>>;
}

interface Attempt {
  readonly scheduleTime: string;
  readonly dispatchTime: string;
  readonly responseTime?: string;
  readonly outcome?: PushOutcome;
}

export interface KeptTask {
  readonly name: string;
  readonly request: HttpRequest;
  /** Of the next attempt. */
  readonly dueAt: string;
  readonly createTime: string;
  readonly deadline: string;
  readonly dispatchCount: number;
  readonly responseCount: number;
  readonly firstDispatchTime?: string;
  readonly last?: Attempt;
  readonly isCalling: boolean;
}

const ID = /^[\w-]{1,500}$/;
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
const MAX_BYTES = 100 * 1024;

export function queueOf(taskName: string): string {
  return taskName.split('/').slice(0, 6).join('/');
}

export function refuseBadTaskName(name: string, parent: string): void {
  if (name.startsWith(`${parent}/tasks/`) && ID.test(name.slice(parent.length + 7))) return;
  throw new StatusError(
    'INVALID_ARGUMENT',
    `Task name must be formatted: "${parent}/tasks/<TASK_ID>", where the id has at most 500 letters, digits, hyphens and underscores; it is ${JSON.stringify(name)}.`,
  );
}

/** @throws INVALID_ARGUMENT, UNIMPLEMENTED for App Engine */
export function fillTask(
  name: string,
  sent: Readonly<Record<string, unknown>>,
  now: Date,
): KeptTask {
  if (sent['appEngineHttpRequest'] !== undefined)
    throw new StatusError(
      'UNIMPLEMENTED',
      'local-cloud does not model appEngineHttpRequest of a task',
    );
  const {
    httpRequest,
    scheduleTime,
    dispatchDeadline = '600s',
  } = sent as {
    httpRequest?: Partial<HttpRequest>;
    scheduleTime?: string;
    dispatchDeadline?: string;
  };
  const request = { httpMethod: 'POST', headers: {}, url: '', ...httpRequest };
  const dueMs = Math.max(now.getTime(), Date.parse(scheduleTime ?? '') || 0);
  const violations = [
    ...checkRequest(request),
    ...checkTimes({ deadlineMs: durationMs(dispatchDeadline), aheadMs: dueMs - now.getTime() }),
  ];
  if (violations.length > 0) throw refuseFields(violations);
  return {
    name,
    request,
    dueAt: new Date(dueMs).toISOString(),
    createTime: `${now.toISOString().slice(0, 19)}Z`,
    deadline: dispatchDeadline,
    dispatchCount: 0,
    responseCount: 0,
    isCalling: false,
  };
}

function checkRequest({ url, httpMethod, body }: HttpRequest): Violation[] {
  const violations: Violation[] = [];
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '') || url.length > 2083)
    violations.push({
      field: 'task.http_request.url',
      description: `${JSON.stringify(url)} is no URL of at most 2083 characters that begins with http:// or https://`,
    });
  if (body !== undefined && !WITH_BODY.has(httpMethod))
    violations.push({
      field: 'task.http_request.body',
      description: `a body is allowed with POST, PUT and PATCH, not with ${httpMethod}`,
    });
  if (Buffer.byteLength(body ?? '', 'base64') > MAX_BYTES)
    violations.push({ field: 'task', description: `a task has at most ${MAX_BYTES} bytes` });
  return violations;
}

function checkTimes({ deadlineMs, aheadMs }: { deadlineMs: number; aheadMs: number }): Violation[] {
  const violations: Violation[] = [];
  if (deadlineMs < 15_000 || deadlineMs > 1_800_000)
    violations.push({
      field: 'task.dispatch_deadline',
      description: `is ${deadlineMs / 1000} s: expected 15 s to 30 min`,
    });
  if (aheadMs > 30 * 86_400_000)
    violations.push({ field: 'task.schedule_time', description: 'is more than 30 days ahead' });
  return violations;
}

/** Without its body unless the view is FULL. */
export function renderTask(task: KeptTask, view = 'BASIC'): object {
  const { body, ...shown } = task.request;
  const isFull = view === 'FULL';
  const { last, firstDispatchTime } = task;
  return {
    name: task.name,
    httpRequest: isFull && body !== undefined ? { ...shown, body } : shown,
    scheduleTime: task.dueAt,
    createTime: task.createTime,
    dispatchDeadline: task.deadline,
    dispatchCount: task.dispatchCount,
    responseCount: task.responseCount,
    ...(firstDispatchTime !== undefined && { firstAttempt: { dispatchTime: firstDispatchTime } }),
    ...(last && { lastAttempt: renderAttempt(last) }),
    view: isFull ? 'FULL' : 'BASIC',
  };
}

function renderAttempt({ outcome, ...times }: Attempt): object {
  if (outcome === undefined) return times;
  const { code, message } = outcome;
  const status = code === 'OK' ? {} : { code: statusCodes[code].number, message };
  return { ...times, responseStatus: status };
}
