import type { TenantScope } from '../../tenant/tenant-scope.ts';
import type { RunRequest } from '../run-store.ts';
import type { Failure } from '../run.ts';
import type { DeclaredSchedules } from './declared-schedules.ts';
import type { Schedule, SettledMoment } from './schedule.ts';

/** A schedule about which something is to be decided. */
export type DueSchedule = Pick<Schedule, 'tenantId' | 'pipelineId'> & { readonly nextAt: Date };

/** What to start when a moment has come, or why nothing can be started. */
export type PreparedRun = { readonly request: RunRequest } | { readonly refusal: Failure };

export interface SettledRun {
  /** None: somebody else was first or holds the tenant, or it was disabled meanwhile. */
  readonly outcome: 'started' | 'refused' | 'missed' | 'none';
  /** A further moment of the same schedule has come as well. */
  readonly isMore: boolean;
}

/** Schedules as they were last read from configs, and what became of their moments. */
export interface ScheduleStore {
  /** By tenant the stamp of the configs that its schedules were last read from; null: never. */
  listStamps(): Promise<ReadonlyMap<string, string | null>>;
  replaceSchedules(scope: TenantScope, declared: DeclaredSchedules, stamp: string): Promise<void>;
  /** Those that are declared, in order of their pipelines. */
  listSchedules(
    scope: TenantScope,
  ): Promise<readonly (Schedule & { readonly last: SettledMoment | null })[]>;
  /** Repeating it changes nothing. Moments that pass while it is disabled are not missed. */
  setEnabled(
    scope: TenantScope,
    pipelineId: string,
    change: { isEnabled: boolean; by: string },
  ): Promise<void>;
  /** Over all tenants, the longest due first; `after`: the last one of the page before. */
  listDue(page: {
    limit: number;
    after?: DueSchedule | undefined;
  }): Promise<readonly DueSchedule[]>;
  /** When the next schedule is due, of any tenant; null: none will ever be. */
  readNextDue(): Promise<Date | null>;
  /**
   * One transaction: decides one moment, admits its run, and moves the schedule on. A moment is
   * settled once, however many do it at the same time.
   */
  settleNext(due: DueSchedule, prepared: PreparedRun): Promise<SettledRun>;
}
