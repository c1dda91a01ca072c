import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fail } from '../../../../engine/error-codes.ts';
import type { RuleResult } from '../../../../engine/run/run.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import { runParams } from '../../contract/run/run.ts';
import { dqAnswer, logAnswer, logQuery, quarantineAnswer } from '../../contract/run/run-log.ts';
import type { DqAnswer, LogAnswer } from '../../contract/run/run-log.ts';
import { presentEvent, streamLog } from './log-stream.ts';

type LogDeps = Pick<ApiDeps, 'runs' | 'warehouse' | 'clock' | 'log'>;

interface Position {
  readonly scope: TenantScope;
  readonly runId: string;
  /** Only events with a higher id. */
  readonly after: number;
}

const config = { access: 'read' } as const;
const tags = ['runs'];
const one = '/api/v1/pipelines/runs/:pipeline_logging_id';
/** Followers come back by themselves when a stream is cut. */
const STREAM_TIMEOUT_MS = 86_400_000;
/** A key that was revoked in another process is known here for up to 0.8 s more. */
const CONFIRM_EVERY_MS = 250;

/** What a run leaves behind: its log, verdicts of rules, rows set aside. */
export function addRunLogRoutes(api: Api, deps: LogDeps): void {
  addLogRoute(api, deps);
  const { runs, warehouse } = deps;
  const dq = { tags, params: runParams, response: { 200: dqAnswer } };
  api.get(`${one}/dq`, { config, schema: dq }, async (request) => {
    const scope = scopeOf(request);
    const { runId } = await runs.getRun(scope, request.params.pipeline_logging_id);
    return { results: (await runs.listRuleResults(scope, runId)).map(presentResult) };
  });

  const quarantine = { tags, params: runParams, response: { 200: quarantineAnswer } };
  api.get(`${one}/quarantine`, { config, schema: quarantine }, async (request) => {
    const scope = scopeOf(request);
    const { runId } = await runs.getRun(scope, request.params.pipeline_logging_id);
    const groups = await warehouse.withDataset(scope, (data) => data.quarantineSummary(runId));
    return { groups: groups.map((group) => ({ ...group, examples: [...group.examples] })) };
  });
}

function addLogRoute(api: Api, deps: LogDeps): void {
  const closing = new AbortController();
  api.addHook('preClose', (done) => {
    closing.abort();
    done();
  });
  const schema = {
    tags,
    summary: 'The log of a run; with Accept: text/event-stream as it is written, until it ends.',
    params: runParams,
    querystring: logQuery,
    response: { 200: logAnswer },
  };
  const options = { config, schema, handlerTimeout: STREAM_TIMEOUT_MS, exposeHeadRoute: false };
  api.get(`${one}/logs`, options, async (request, reply) => {
    const scope = scopeOf(request);
    const { runId } = await deps.runs.getRun(scope, request.params.pipeline_logging_id);
    const at = { scope, runId, after: request.query.after };
    reply.header('vary', 'accept');
    if (!request.headers.accept?.includes('text/event-stream')) {
      return readPage(at, request.query.limit, deps);
    }
    return sendStream({ ...at, after: lastSeen(request) ?? at.after }, reply, {
      ...deps,
      closing: closing.signal,
      confirm: () => request.caller?.confirm(),
    });
  });
}

async function readPage(at: Position, limit: number, { runs }: LogDeps): Promise<LogAnswer> {
  const events = await runs.readEvents(at.scope, at.runId, at.after);
  const page = events.slice(0, limit);
  return {
    events: page.map(presentEvent),
    after: page.at(-1)?.id ?? at.after,
    more: page.length === limit,
  };
}

/** What EventSource sends when it comes back after its connection broke. */
function lastSeen(request: FastifyRequest): number | undefined {
  const sent = request.headers['last-event-id'];
  if (sent === undefined || sent === '') return undefined;
  if (/^\d{1,15}$/.test(String(sent))) return Number(sent);
  throw fail('request_invalid', 'Last-Event-ID is not a number, as ids of events are.');
}

function sendStream(
  at: Position,
  reply: FastifyReply,
  deps: LogDeps & { closing: AbortSignal; confirm: () => unknown },
): FastifyReply {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, deps.closing]);
  void confirmUntil(signal, deps).catch(() => gone.abort());
  const lines = streamLog({
    events: deps.runs.followEvents(at.scope, at.runId, at.after, signal),
    clock: deps.clock,
    signal,
    readEnd: async () => {
      const { runId, status } = await deps.runs.getRun(at.scope, at.runId);
      return { pipeline_logging_id: runId, status };
    },
  });
  const stream = Readable.from(lines, { objectMode: false, highWaterMark: 16_384 });
  stream.once('close', () => gone.abort());
  stream.once('error', (error) => {
    deps.log.error('a log stream broke', { run_id: at.runId, error });
  });
  // Kept alive after its end, the connection would hold up the close of the server.
  return reply.headers({ 'content-type': 'text/event-stream', connection: 'close' }).send(stream);
}

/** Rejects when the caller may not read any more, or nobody can tell: then he comes back, and is told. */
async function confirmUntil(
  signal: AbortSignal,
  { clock, confirm }: Pick<LogDeps, 'clock'> & { confirm: () => unknown },
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(CONFIRM_EVERY_MS, signal);
    await confirm();
  }
}

function presentResult(result: RuleResult): DqAnswer['results'][number] {
  return {
    step: result.step,
    table: result.table,
    rule_id: result.ruleId,
    rule: result.rule,
    severity: result.severity,
    passed: result.passed,
    observed: result.observed,
    rows_tested: result.rowsTested,
    rows_failed: result.rowsFailed,
    samples: [...result.samples],
    problem: result.problem,
  };
}
