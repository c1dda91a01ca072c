import { hostname, userInfo } from 'node:os';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import type { ServiceRef } from '../engine/plan/have.ts';
import type { RolloutDeps } from '../engine/rollout/rollout-deps.ts';
import { findLocalCloud } from './find-local-cloud.ts';
import type { LocalEndpoints } from './find-local-cloud.ts';
import type { Env, Invocation } from './invocation.ts';

/** What a command works on: a service, and the folder where tests and builds start. */
interface Workplace {
  readonly ref: ServiceRef;
  readonly folder?: string;
}

/** Opens what a rollout needs from outside, for as long as `use` takes. */
export async function withRollout<T>(
  { env, folder, out }: Invocation,
  place: Workplace,
  use: (deps: RolloutDeps) => Promise<T>,
): Promise<T> {
  const isLocal = place.ref.project === 'local';
  const local = isLocal ? await findLocalCloud(place.folder ?? folder, env) : null;
  const opened = await openAdapters(local, env);
  try {
    return await use({
      ...opened,
      clock: systemClock,
      newId: createUuidV7({ clock: systemClock }),
      who: whoAmI(env),
      folder: place.folder ?? folder,
      onLine: (line) => out.note(line),
    });
  } finally {
    await Promise.all([opened.platform.close(), opened.journal.close(), opened.ticks.close()]);
  }
}

/** Loads what speaks to Google only when a command needs it. */
async function openAdapters(local: LocalEndpoints | null, env: Env) {
  const [run, journal, http, google, build, tests] = await Promise.all([
    import('../adapters/cloud-run/platform.ts'),
    import('../adapters/journal/journal-store.ts'),
    import('../adapters/http/prober.ts'),
    import('../adapters/google/grpc-options.ts'),
    import('../adapters/build/builder.ts'),
    import('../adapters/shell/test-runner.ts'),
  ]);
  const grpcOptions = () => google.grpcOptions(local?.grpc ?? null);
  return {
    platform: new run.CloudRunPlatform({ grpcOptions, clock: systemClock, random: Math.random }),
    journal: new journal.BucketJournalStore({
      apiEndpoint: local?.rest ?? null,
      bucket: env.ROLLOUT_JOURNAL_BUCKET ?? null,
    }),
    ticks: await openTicks(local, env),
    prober: new http.HttpProber(),
    builder: new build.ImageBuilder(),
    tests: new tests.ShellTestRunner(),
  };
}

/** Second-resolution counters of the local router, a Prometheus where one is named, or Google's. */
async function openTicks(local: LocalEndpoints | null, env: Env): Promise<RolloutDeps['ticks']> {
  if (local) {
    const { RouterTickSource } = await import('../adapters/router-counters/tick-source.ts');
    return new RouterTickSource({ endpoint: local.rest });
  }
  if (env.ROLLOUT_PROMETHEUS_URL) {
    const { PrometheusTickSource } = await import('../adapters/prometheus/tick-source.ts');
    return new PrometheusTickSource({ url: env.ROLLOUT_PROMETHEUS_URL });
  }
  const { MonitoringTickSource } = await import('../adapters/cloud-monitoring/tick-source.ts');
  return new MonitoringTickSource({});
}

/** Who the journal says that did it: a person on a machine, or what runs the CI. */
function whoAmI(env: Env): string {
  const name = env.ROLLOUT_USER ?? env.GITHUB_ACTOR ?? userInfo().username;
  return `${name}@${env.GITHUB_ACTOR ? 'github' : hostname()}`;
}
