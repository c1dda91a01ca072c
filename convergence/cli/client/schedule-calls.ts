import type { ScheduleAnswer, ScheduleListAnswer } from '../../server/api/contract/run/schedule.ts';
import type { Query, SendCall } from './send-call.ts';

const root = '/api/v1/schedules';

/** When pipelines of a tenant run by themselves. */
export function scheduleCalls(send: SendCall) {
  const pathOf = (pipeline: string) => `${root}/${encodeURIComponent(pipeline)}`;
  return {
    listSchedules: (query: Query) => send<ScheduleListAnswer>('GET', root, { query }),
    enableSchedule: (pipeline: string) =>
      send<ScheduleAnswer>('POST', `${pathOf(pipeline)}/enable`),
    disableSchedule: (pipeline: string) =>
      send<ScheduleAnswer>('POST', `${pathOf(pipeline)}/disable`),
  };
}
