import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  choreBody,
  cleanUpAnswer,
  firedAnswer,
  quotaResetAnswer,
} from '../../contract/run/schedule.ts';

const config = { access: 'admin' } as const;
const tags = ['scheduler'];
const root = '/api/v1/scheduler';

/** What the scheduler of a worker does by itself, for those who have none that is always awake. */
export function addSchedulerRoutes(api: Api, { chores }: Pick<ApiDeps, 'chores'>): void {
  const trigger = {
    tags,
    summary: 'Start every scheduled run that is due; once, however many ask for it.',
    body: choreBody,
    response: { 200: firedAnswer },
  };
  api.post(`${root}/trigger`, { config, schema: trigger }, async () => {
    const { tenantsRead, ...counts } = await chores.fireSchedules();
    return { tenants_read: tenantsRead, ...counts };
  });

  const reset = {
    tags,
    summary: 'Set the counters of days to zero that are over where their tenants are.',
    body: choreBody,
    response: { 200: quotaResetAnswer },
  };
  api.post(`${root}/reset-daily-quotas`, { config, schema: reset }, async () => ({
    tenants_reset: await chores.resetDailyQuotas(),
  }));

  const cleanUp = {
    tags,
    summary: 'Put runs back into the queue whose worker is gone, and end those nobody can take.',
    body: choreBody,
    response: { 200: cleanUpAnswer },
  };
  api.post(`${root}/cleanup-orphaned-pipelines`, { config, schema: cleanUp }, async () => {
    const { orphaned, lost } = await chores.cleanUpRuns();
    return { orphaned: [...orphaned], lost: [...lost] };
  });
}
