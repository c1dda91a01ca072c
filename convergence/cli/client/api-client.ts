import { fail } from '../../engine/error-codes.ts';
import type { BootstrapAnswer } from '../../server/api/contract/bootstrap.ts';
import type {
  DeliveryListAnswer,
  EventListAnswer,
  NewWebhookAnswer,
  NewWebhookBody,
  RedeliverAnswer,
  WebhookListAnswer,
  WebhookTestAnswer,
} from '../../server/api/contract/event.ts';
import type {
  PipelineAnswer,
  PipelineListAnswer,
} from '../../server/api/contract/config/pipeline.ts';
import type {
  BackfillAnswer,
  BackfillBody,
  BackfillPlanAnswer,
} from '../../server/api/contract/run/backfill.ts';
import type {
  CancelManyBody,
  ManyRunsAnswer,
  RestartManyBody,
} from '../../server/api/contract/run/many-runs.ts';
import type { LogAnswer, QuarantineAnswer } from '../../server/api/contract/run/run-log.ts';
import type {
  RunDetailAnswer,
  RunListAnswer,
  TriggerAnswer,
} from '../../server/api/contract/run/run.ts';
import type { ReplayBody, TriggerBody } from '../../server/api/contract/run/run.ts';
import type {
  SourceCheckAnswer,
  SourceCheckBody,
  SourcePreviewAnswer,
  SourcePreviewBody,
} from '../../server/api/contract/source.ts';
import type {
  QueryAnswer,
  QueryBody,
  TableAnswer,
  TableListAnswer,
} from '../../server/api/contract/table.ts';
import type {
  PlanListAnswer,
  UsageAnswer,
  UsageListAnswer,
} from '../../server/api/contract/tenant/usage.ts';
import { errorOfAnswer } from './answer-error.ts';
import { readEvents } from './event-stream.ts';
import { configCalls } from './config-calls.ts';
import { keyCalls } from './key-calls.ts';
import { scheduleCalls } from './schedule-calls.ts';
import { queueCalls } from './queue-calls.ts';
import type { Query, Send, SendCall } from './send-call.ts';
import { tenantCalls } from './tenant-calls.ts';

/** Where a platform is and as whom to speak to it. */
export interface ApiAccess {
  readonly url: string;
  readonly apiKey?: string | undefined;
  readonly adminKey?: string | undefined;
  /** The tenant for which an admin acts. */
  readonly tenantId?: string | undefined;
}

export type ApiClient = ReturnType<typeof createApiClient>;

const id = encodeURIComponent;

/**
 * The calls that the command line makes. Each throws the AppError that the platform answered, or
 * platform_unreachable.
 */
export function createApiClient(access: ApiAccess) {
  const send: SendCall = async <T>(method: string, path: string, sent: Send = {}) => {
    const response = await reach(access, path, { method, ...sent });
    if (!response.ok) throw await errorOfAnswer(response);
    return (await response.json().catch(() => null)) as T;
  };
  return {
    access,
    ...operatorCalls(send),
    ...runCalls(send),
    ...dataCalls(send),
    ...configCalls(send),
    ...eventCalls(send),
    ...backfillCalls(send),
    ...scheduleCalls(send),
    streamLog,
  };

  /** Ends after the event `end`, or when the connection breaks. */
  async function* streamLog(run: string, after: number, signal: AbortSignal) {
    const request = { query: { after }, accept: 'text/event-stream', signal };
    const response = await reach(access, `/api/v1/pipelines/runs/${id(run)}/logs`, request);
    if (!response.ok) throw await errorOfAnswer(response);
    if (response.body) yield* readEvents(response.body);
  }
}

function operatorCalls(send: SendCall) {
  const root = '/api/v1/admin';
  return {
    bootstrap: () => send<BootstrapAnswer>('POST', `${root}/bootstrap`, { body: {} }),
    ...tenantCalls(send),
    listUsage: (query: Query) => send<UsageListAnswer>('GET', `${root}/usage`, { query }),
    listPlans: () => send<PlanListAnswer>('GET', `${root}/plans`),
    ...keyCalls(send),
    ...queueCalls(send),
  };
}

function runCalls(send: SendCall) {
  const root = '/api/v1/pipelines';
  return {
    listPipelines: () => send<PipelineListAnswer>('GET', root),
    getPipeline: (pipeline: string) => send<PipelineAnswer>('GET', `${root}/${id(pipeline)}`),
    triggerRun: (pipeline: string, body: TriggerBody) =>
      send<TriggerAnswer>('POST', `${root}/run/${id(pipeline)}`, { body }),
    listRuns: (query: Query) => send<RunListAnswer>('GET', `${root}/runs`, { query }),
    getRun: (run: string) => send<RunDetailAnswer>('GET', `${root}/runs/${id(run)}`),
    cancelRun: (run: string) => send<unknown>('DELETE', `${root}/runs/${id(run)}`),
    restartRun: (run: string) => send<TriggerAnswer>('POST', `${root}/runs/${id(run)}/restart`),
    cancelRuns: (body: CancelManyBody) =>
      send<ManyRunsAnswer>('POST', `${root}/runs/cancel`, { body }),
    restartRuns: (body: RestartManyBody) =>
      send<ManyRunsAnswer>('POST', `${root}/runs/restart`, { body }),
    replayRun: (run: string, body: ReplayBody) =>
      send<TriggerAnswer>('POST', `${root}/runs/${id(run)}/replay`, { body }),
    readQuarantine: (run: string) =>
      send<QuarantineAnswer>('GET', `${root}/runs/${id(run)}/quarantine`),
    readLog: (run: string, after: number) =>
      send<LogAnswer>('GET', `${root}/runs/${id(run)}/logs`, { query: { after } }),
  };
}

function backfillCalls(send: SendCall) {
  const root = '/api/v1/pipelines';
  const start = (pipeline: string) => `${root}/${id(pipeline)}/backfill`;
  const one = (group: string) => `${root}/backfills/${id(group)}`;
  return {
    planBackfill: (pipeline: string, body: BackfillBody) =>
      send<BackfillPlanAnswer>('POST', `${start(pipeline)}/plan`, { body }),
    startBackfill: (pipeline: string, body: BackfillBody) =>
      send<BackfillAnswer>('POST', start(pipeline), { body }),
    getBackfill: (group: string) => send<BackfillAnswer>('GET', one(group)),
    cancelBackfill: (group: string) => send<BackfillAnswer>('DELETE', one(group)),
  };
}

function dataCalls(send: SendCall) {
  return {
    readUsage: () => send<UsageAnswer>('GET', '/api/v1/tenants/me/usage'),
    checkSource: (body: SourceCheckBody) =>
      send<SourceCheckAnswer>('POST', '/api/v1/sources/check', { body }),
    previewSource: (body: SourcePreviewBody) =>
      send<SourcePreviewAnswer>('POST', '/api/v1/sources/preview', { body }),
    listTables: () => send<TableListAnswer>('GET', '/api/v1/tables'),
    getTable: (table: string) => send<TableAnswer>('GET', `/api/v1/tables/${id(table)}`),
    query: (body: QueryBody) => send<QueryAnswer>('POST', '/api/v1/query', { body }),
  };
}

function eventCalls(send: SendCall) {
  return {
    listEvents: (query: Query) => send<EventListAnswer>('GET', '/api/v1/events', { query }),
    // `root`: of a tenant's webhooks, or of the operator's.
    createWebhook: (root: string, body: NewWebhookBody) =>
      send<NewWebhookAnswer>('POST', root, { body }),
    listWebhooks: (root: string) => send<WebhookListAnswer>('GET', root),
    deleteWebhook: (root: string, webhook: string) =>
      send<unknown>('DELETE', `${root}/${id(webhook)}`),
    testWebhook: (root: string, webhook: string) =>
      send<WebhookTestAnswer>('POST', `${root}/${id(webhook)}/test`),
    listDeliveries: (root: string, webhook: string, query: Query) =>
      send<DeliveryListAnswer>('GET', `${root}/${id(webhook)}/deliveries`, { query }),
    redeliver: (root: string, webhook: string, body: { events: number[] | undefined }) =>
      send<RedeliverAnswer>('POST', `${root}/${id(webhook)}/redeliver`, { body }),
  };
}

interface Reach extends Send {
  readonly method?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** Any answer, also a refusal. @throws platform_unreachable, or the reason of the signal */
export async function reach(access: ApiAccess, path: string, request: Reach): Promise<Response> {
  const url = new URL(`${access.url.replace(/\/+$/, '')}${path}`);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const one of [value ?? []].flat()) url.searchParams.append(name, String(one));
  }
  try {
    return await fetch(url, {
      method: request.method ?? 'GET',
      headers: headersOf(access, request),
      body:
        request.document?.text ??
        (request.body === undefined ? null : JSON.stringify(request.body)),
      signal: request.signal ?? null,
    });
  } catch (cause) {
    request.signal?.throwIfAborted();
    throw fail('platform_unreachable', `${url.origin} does not answer: ${causeOf(cause)}`, {
      hint: 'Is it running there? `convergence dev` starts it on this machine.',
      cause,
    });
  }
}

function headersOf(access: ApiAccess, request: Reach): Record<string, string> {
  const tenantId = request.tenantId ?? access.tenantId;
  return {
    accept: request.accept ?? 'application/json',
    ...(request.body !== undefined && { 'content-type': 'application/json' }),
    ...(request.document?.text !== undefined && { 'content-type': 'text/plain' }),
    ...(request.document?.ifMatch !== undefined && { 'if-match': `"${request.document.ifMatch}"` }),
    ...(access.apiKey && { 'x-api-key': access.apiKey }),
    ...(access.adminKey && { 'x-admin-key': access.adminKey }),
    ...(tenantId && { 'x-tenant-id': tenantId }),
  };
}

/** fetch says only `fetch failed`; why is in its cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown }).code;
  return typeof code === 'string' ? code : (cause as Error).message;
}
