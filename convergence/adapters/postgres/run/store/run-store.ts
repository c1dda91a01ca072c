import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import type { NextId } from 'base/id.ts';
import { fail } from '../../../../engine/error-codes.ts';
import { isEnded } from '../../../../engine/run/run-states.ts';
import type {
  Restart,
  RunPage,
  RunRequest,
  RunSearch,
  RunStore,
} from '../../../../engine/run/run-store.ts';
import type { RuleResult, Run, RunStatus } from '../../../../engine/run/run.ts';
import { readDefaultPlans } from '../../../../engine/tenant/plan/plan.ts';
import type { ReadPlans } from '../../../../engine/tenant/plan/plan.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { ControlDatabase, Db } from '../../control-database.ts';
import { admitRun } from '../admit-run.ts';
import { cancelRuns } from '../cancel-runs.ts';
import { ringQueue } from '../queue/doorbell.ts';
import { followEvents, tellFollowers } from './follow-events.ts';
import type { EventPage } from './follow-events.ts';
import { EVENT_COLUMNS, eventOf, RUN_COLUMNS, runOf, STEP_COLUMNS, stepOf } from '../run-row.ts';
import type { EventRow, RunRow, StepRow } from '../run-row.ts';
import { isUuid, selectOldest, selectPage } from './select-runs.ts';

export interface RunStoreDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** UUIDs of version 7: runs are listed in their order. */
  readonly nextId: NextId;
  /** Default: the default plans. */
  readonly readPlans?: ReadPlans;
}

const EVENTS_PER_PAGE = 1_000;

/** The runs of `tenant_pipeline_runs`, for the doors. */
export class PostgresRunStore implements RunStore {
  readonly #database: ControlDatabase;
  readonly #deps: RunStoreDeps;

  constructor(database: ControlDatabase, deps: RunStoreDeps) {
    this.#database = database;
    this.#deps = deps;
  }

  async admitRun(scope: TenantScope, request: RunRequest): Promise<Run> {
    return await this.#admit(scope, async () => request);
  }

  getRun(scope: TenantScope, runId: string) {
    return this.#database.withTenant(scope, async (db) => {
      const run = await readRun(db, scope, runId);
      const { rows } = await sql<StepRow>`
        SELECT ${STEP_COLUMNS} FROM tenants.tenant_step_logs s WHERE s.run_id = ${runId}
        ORDER BY coalesce(s.started_at, s.finished_at), s.step_name`.execute(db);
      return { ...run, steps: rows.map(stepOf) };
    });
  }

  listRuns(scope: TenantScope, page: RunPage) {
    return this.#database.withTenant(scope, (db) => selectPage(db, scope, page));
  }

  findRuns(scope: TenantScope, search: RunSearch) {
    return this.#database.withTenant(scope, (db) => selectOldest(db, scope, search));
  }

  async cancelRun(scope: TenantScope, runId: string, by: string): Promise<Run> {
    const run = await this.#database.withTenant(scope, async (db) => {
      await readRun(db, scope, runId);
      await cancelRuns(db, [runId], by);
      return await readRun(db, scope, runId);
    });
    if (run.status !== 'CANCELLED' && isEnded(run.status)) {
      throw fail('run_finished', `Run ${runId} is ${run.status}, so it cannot be cancelled.`, {
        details: { status: run.status },
      });
    }
    await this.#ring([runId]);
    return run;
  }

  async restartRun(
    scope: TenantScope,
    runId: string,
    { by, once = false, sources }: Restart,
  ): Promise<Run> {
    return await this.#admit(scope, async (db) => {
      const { status, request } = await readRestart(db, scope, runId);
      if (!isEnded(status)) {
        throw fail('run_active', `Run ${runId} is ${status}, so it cannot be restarted.`, {
          hint: 'Cancel it, or wait until it has ended.',
        });
      }
      if (once) await forbidSecondRestart(db, runId);
      return { ...request, triggerBy: by, restartOf: runId, sources };
    });
  }

  /** At most 1,000: read on after the last one's id. */
  async readEvents(scope: TenantScope, runId: string, after: number) {
    const { events } = await this.#readPage(scope, runId, after);
    return events;
  }

  followEvents(scope: TenantScope, runId: string, ...rest: [after: number, signal: AbortSignal]) {
    const [after, signal] = rest;
    const readPage = this.#readPage.bind(this);
    return followEvents(this.#database, scope, { runId, after, signal, readPage });
  }

  listRuleResults(scope: TenantScope, runId: string): Promise<readonly RuleResult[]> {
    return this.#database.withTenant(scope, async (db) => {
      await readRun(db, scope, runId);
      const { rows } = await sql<RuleResult>`
        SELECT step_name AS step, table_name AS "table", rule_id AS "ruleId", rule, severity,
          passed, observed, rows_tested::float8 AS "rowsTested",
          rows_failed::float8 AS "rowsFailed", samples, problem
        FROM tenants.tenant_dq_results WHERE run_id = ${runId}
        ORDER BY recorded_at, step_name, position`.execute(db);
      return rows;
    });
  }

  async #admit(scope: TenantScope, readRequest: (db: Db) => Promise<RunRequest>): Promise<Run> {
    const { clock, nextId, readPlans = readDefaultPlans } = this.#deps;
    const plans = await readPlans();
    const { run, cancelled } = await this.#database.withTenant(scope, async (db) => {
      const request = await readRequest(db);
      return await admitRun(db, { scope, request, plans, runId: nextId(), now: clock.now() });
    });
    await this.#ring([run.runId, ...cancelled]);
    return run;
  }

  async #ring(runIds: readonly string[]): Promise<void> {
    tellFollowers(this.#database, runIds);
    await ringQueue(this.#database);
  }

  #readPage(scope: TenantScope, runId: string, after: number): Promise<EventPage> {
    return this.#database.withTenant(scope, async (db) => {
      // The state first: when it is final, the events that are read after it are all of them.
      const { status } = await readRun(db, scope, runId);
      const { rows } = await sql<EventRow>`
        SELECT ${EVENT_COLUMNS} FROM convergence.run_events e
        WHERE e.run_id = ${runId} AND e.event_id > ${after}
        ORDER BY e.event_id LIMIT ${EVENTS_PER_PAGE}`.execute(db);
      const complete = isEnded(status) && rows.length < EVENTS_PER_PAGE;
      return { events: rows.map(eventOf), complete };
    });
  }
}

async function readRun(db: Db, scope: TenantScope, runId: string): Promise<Run> {
  const { rows } = await sql<RunRow>`
    SELECT ${RUN_COLUMNS} FROM tenants.tenant_pipeline_runs r
    WHERE r.run_id = ${checkedRunId(runId)} AND r.tenant_id = ${scope.tenantId}`.execute(db);
  const [row] = rows;
  if (!row) throw runAbsent(runId);
  return runOf(row);
}

interface EarlierRun {
  readonly status: RunStatus;
  readonly request: Omit<RunRequest, 'triggerBy'>;
}

/** Holds the run, so that of two restarts at once the second sees the first. */
async function readRestart(db: Db, scope: TenantScope, runId: string): Promise<EarlierRun> {
  type Row = RunRow & { concurrency: RunRequest['concurrency'] | null };
  const { rows } = await sql<Row>`
    SELECT ${RUN_COLUMNS}, r.concurrency FROM tenants.tenant_pipeline_runs r
    WHERE r.run_id = ${checkedRunId(runId)} AND r.tenant_id = ${scope.tenantId}
    FOR UPDATE`.execute(db);
  const [row] = rows;
  if (!row) throw runAbsent(runId);
  const { pipelineId, parameters, queue, priority, status, groupId, interval } = runOf(row);
  const { concurrency } = row;
  return {
    status,
    request: {
      pipelineId,
      parameters,
      queue,
      priority,
      ...(concurrency && { concurrency }),
      ...(groupId !== null && { groupId }),
      ...(interval && { interval }),
    },
  };
}

async function forbidSecondRestart(db: Db, runId: string): Promise<void> {
  const { rows } = await sql<{ run_id: string }>`
    SELECT run_id FROM tenants.tenant_pipeline_runs WHERE restart_of = ${runId}
    LIMIT 1`.execute(db);
  const [later] = rows;
  if (later) throw fail('run_restarted', `Run ${runId} was restarted as ${later.run_id}.`);
}

function checkedRunId(runId: string): string {
  if (!isUuid(runId)) throw runAbsent(runId);
  return runId;
}

function runAbsent(runId: string): Error {
  return fail('run_absent', `There is no run '${runId.slice(0, 60)}'.`);
}
