import type { Clock } from 'base/clock.ts';
import type { Log } from 'base/log.ts';
import { CloudTasksDoorbell } from '../../../adapters/google/cloud-tasks-doorbell.ts';
import type { ControlDatabase } from '../../../adapters/postgres/control-database.ts';
import { QUEUE_CHANNEL } from '../../../adapters/postgres/run/queue/doorbell.ts';
import type { Settings } from '../../settings/settings.ts';
import { googleOptions } from '../../settings/google-options.ts';

export interface PassedOnBell {
  /** From now on each ring in the database is passed on to workers that sleep. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const silent: PassedOnBell = { start: async () => {}, close: async () => {} };

/** Workers that are awake hear the database itself; Cloud Tasks wakes the others, where it is set. */
export function wireDoorbell(
  database: ControlDatabase,
  { settings, clock, log }: { settings: Settings; clock: Clock; log: Log },
): PassedOnBell {
  const { WAKE_QUEUE: queue, WAKE_URL: url, WAKE_SERVICE_ACCOUNT: serviceAccount } = settings;
  if (!queue || !url) return silent;
  const clientOptions = async () => ({ ...(await googleOptions(settings)).grpc });
  const bell = new CloudTasksDoorbell({ queue, url, serviceAccount, clientOptions, clock, log });
  let stop: (() => Promise<void>) | undefined;
  return {
    async start() {
      stop = await database.listen(QUEUE_CHANNEL, () => bell.ring());
      // What was queued while no API was there.
      bell.ring();
    },
    async close() {
      await stop?.();
      await bell.close();
    },
  };
}
