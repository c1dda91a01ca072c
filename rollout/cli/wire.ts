import { hostname, userInfo } from 'node:os';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import type { ServiceRef } from '../engine/plan/have.ts';
import type { RolloutDeps } from '../engine/rollout/rollout-deps.ts';
import { fail } from '../engine/error-codes.ts';
import { AuditedJournal } from '../engine/report/audited-journal.ts';
import { findLocalCloud } from './input/find-local-cloud.ts';
import type { LocalEndpoints } from './input/find-local-cloud.ts';
import type { Env, Invocation } from './invocation.ts';

/** Prometheus reads counters each 15 s unless it is told otherwise. */
const SCRAPE_SECONDS = 15;

/** What a command works on: a service, and the folder where tests and builds start. */
interface Workplace {
  readonly ref: ServiceRef;
  readonly folder: string;
}

/** Opens what a rollout needs from outside, for as long as `use` takes. */
export async function withRollout<T>(
  { env, out }: Invocation,
  { ref, folder }: Workplace,
  use: (deps: RolloutDeps) => Promise<T>,
): Promise<T> {
  const isLocal = ref.project === 'local';
  const local = isLocal ? await findLocalCloud(folder, env) : null;
  const opened = await openAdapters(local, env, (line) => out.note(line));
  try {
    return await use({
      ...opened,
      clock: systemClock,
      newId: createUuidV7({ clock: systemClock }),
      who: whoAmI(env),
      folder,
      onLine: (line) => out.note(line),
    });
  } finally {
    await Promise.all([opened.platform.close(), opened.journal.close(), opened.ticks.close()]);
  }
}

/** Each loads its client of Google only when it is first asked. */
async function openAdapters(local: LocalEndpoints | null, env: Env, note: (line: string) => void) {
  const [run, journal, logging, http, google, build, shell, tests] = await Promise.all([
    import('../adapters/cloud-run/platform.ts'),
    import('../adapters/journal/journal-store.ts'),
    import('../adapters/logging/cloud-audit-log.ts'),
    import('../adapters/http/prober.ts'),
    import('../adapters/google/grpc-options.ts'),
    import('../adapters/build/builder.ts'),
    import('../adapters/shell/run-command.ts'),
    import('../adapters/shell/test-runner.ts'),
  ]);
  const grpcOptions = async () => ({ ...(await google.grpcOptions(local?.grpc ?? null)) });
  const storage = { apiEndpoint: local?.rest ?? null, bucket: env.ROLLOUT_JOURNAL_BUCKET ?? null };
  return {
    platform: new run.CloudRunPlatform({ grpcOptions, clock: systemClock, random: Math.random }),
    journal: new AuditedJournal(
      new journal.BucketJournalStore(storage),
      new logging.CloudAuditLog({
        grpcOptions,
        clock: systemClock,
        onLost: (why) => note(`the audit log in Cloud Logging misses entries: ${why}`),
      }),
    ),
    ticks: await openTicks(local, env),
    prober: new http.HttpProber(),
    builder: new build.ImageBuilder({
      grpcOptions,
      ...storage,
      clock: systemClock,
      run: shell.runCommand,
      newId: createUuidV7({ clock: systemClock }),
    }),
    tests: new tests.ShellTestRunner(),
  };
}

/** A Prometheus where one is named, else the counters of the local router, or Google's. */
async function openTicks(local: LocalEndpoints | null, env: Env): Promise<RolloutDeps['ticks']> {
  if (env.ROLLOUT_PROMETHEUS_URL) return openPrometheus(env.ROLLOUT_PROMETHEUS_URL, env);
  if (local) {
    const { RouterTickSource } = await import('../adapters/router-counters/tick-source.ts');
    return new RouterTickSource({ endpoint: local.rest });
  }
  const deps = { clock: systemClock, random: Math.random };
  const { MonitoringTickSource } = await import('../adapters/cloud-monitoring/tick-source.ts');
  const { grpcOptions } = await import('../adapters/google/grpc-options.ts');
  return new MonitoringTickSource({
    grpcOptions: async () => ({ ...(await grpcOptions(null)) }),
    ...deps,
  });
}

async function openPrometheus(url: string, env: Env): Promise<RolloutDeps['ticks']> {
  const [{ PrometheusTickSource }, { METRIC_NAMES }] = await Promise.all([
    import('../adapters/prometheus/tick-source.ts'),
    import('../adapters/prometheus/metric-names.ts'),
  ]);
  const kind = env.ROLLOUT_PROMETHEUS_NAMES ?? 'cloudRun';
  const names = Object.entries(METRIC_NAMES).find(([name]) => name === kind)?.[1];
  if (!names) {
    const known = Object.keys(METRIC_NAMES).join(', ');
    throw fail('flag_invalid', `ROLLOUT_PROMETHEUS_NAMES is '${kind}', expected one of ${known}`);
  }
  const token = env.ROLLOUT_PROMETHEUS_TOKEN ?? null;
  const deps = { clock: systemClock, random: Math.random };
  return new PrometheusTickSource({ url, token, names, scrapeSeconds: SCRAPE_SECONDS, ...deps });
}

/** Asks over HTTP without any platform. */
export async function withProber<T>(
  use: (prober: RolloutDeps['prober']) => Promise<T>,
): Promise<T> {
  const { HttpProber } = await import('../adapters/http/prober.ts');
  return use(new HttpProber());
}

/** Who the journal says that did it: a person on a machine, or what runs the CI. */
function whoAmI(env: Env): string {
  const name = env.ROLLOUT_USER ?? env.GITHUB_ACTOR ?? userInfo().username;
  return `${name}@${env.GITHUB_ACTOR ? 'github' : hostname()}`;
}
