import { FakeClock } from 'base/clock.fake.ts';
import { percentOf } from '../apply/effect-done.ts';
import { FakeJournalStore } from '../apply/journal-store.fake.ts';
import type { JournalPlace } from '../apply/journal-store.ts';
import { FakePlatform } from '../apply/platform.fake.ts';
import type { TickRequest, TickSource } from '../judge/tick-source.ts';
import type { Arm, Tick } from '../judge/tick.ts';
import type { RevisionTemplate } from '../plan/effect.ts';
import type { ServiceRef } from '../plan/have.ts';
import type { Want } from '../plan/plan.ts';
import type { Environment, ServiceSpec, Strategy } from '../service/rollout-spec.ts';
import { beginRollout } from './begin-rollout.ts';
import { parseEntry } from './entry.ts';
import type { Entry } from './entry.ts';
import type { ProbeAnswer } from './prober.ts';
import type { RolloutDeps } from './rollout-deps.ts';

export const REF: ServiceRef = { project: 'p', region: 'europe-west1', service: 'shop' };
const TICK_MS = 5000;
const MINUTE_MS = 60_000;

const STRATEGY: Strategy = {
  prove: { health: '/health', suite: null, retries: 2 },
  steps: [
    { traffic: 10, durationMs: MINUTE_MS, watchMs: 0, maxErrors: null },
    { traffic: 50, durationMs: MINUTE_MS, watchMs: 0, maxErrors: null },
    { traffic: 100, durationMs: 0, watchMs: MINUTE_MS, maxErrors: null },
  ],
  judge: {
    kind: 'sequential',
    alpha: 0.01,
    beta: 0.05,
    margin: 1,
    weights: { errors: 0.5, latency: 0.5 },
    metrics: {},
    soakMs: 5 * MINUTE_MS,
    tickMs: TICK_MS,
  },
  on: {
    inconclusive: [
      { action: 'extend', forMs: 2 * MINUTE_MS },
      { action: 'hold', forMs: 10 * MINUTE_MS },
      { action: 'rollBack' },
    ],
    noData: [{ action: 'hold', forMs: 10 * MINUTE_MS }, { action: 'rollBack' }],
    providerError: [
      { action: 'retry', forMs: 2 * MINUTE_MS },
      { action: 'hold', forMs: 10 * MINUTE_MS },
      { action: 'rollBack' },
    ],
  },
  keepRevisions: 5,
};

export const ENVIRONMENT: Environment = {
  name: 'staging',
  project: REF.project,
  region: REF.region,
  branches: [],
  approval: false,
  image: 'registry.test/shop',
  runtime: {
    cpu: '1',
    memory: '512Mi',
    concurrency: 80,
    timeoutMs: 60_000,
    minInstances: 0,
    maxInstances: 10,
    env: {},
    envFile: null,
    secrets: {},
    serviceAccount: null,
    command: [],
    args: [],
    workingDir: null,
    port: 8080,
    startupPath: null,
    livenessPath: null,
  },
  gates: { tests: null, freezes: [] },
  strategy: STRATEGY,
  scheduler: {},
};

/** What a source of metrics does in place of telling the truth. */
export type TickTrouble = (request: TickRequest, ticks: readonly Tick[]) => readonly Tick[];

/** A service under 100 requests/s, everything around it in memory, and time that runs by itself. */
export class RolloutWorld {
  readonly clock = new FakeClock({ instant: true });
  readonly platform = new FakePlatform(this.clock);
  readonly journal = new FakeJournalStore();
  requestsPerSecond = 100;
  /** Errors of each request of a revision, 0 to 1. */
  errorShare: (revision: string) => number = () => 0;
  answer: (url: string) => Partial<ProbeAnswer> = () => ({});
  tickTrouble: TickTrouble = (_, ticks) => ticks;
  testExitCode = 0;
  readonly #began = this.clock.now().getTime();
  #ids = 0;

  /** A service that serves v1, and follows LATEST as a new one does. */
  async serve(traffic?: { readonly tag?: string; readonly isPinned?: boolean }): Promise<void> {
    const revision = 'shop-v1';
    const operation = await this.platform.begin(REF, createdWith(revision), null);
    await this.platform.finish(operation, new Date(this.clock.now().getTime() + MINUTE_MS));
    this.platform.change(REF, 'ada@test', [
      ...(traffic?.tag === undefined ? [] : [{ revision, percent: 0, tag: traffic.tag }]),
      { revision: traffic?.isPinned ? revision : null, percent: 100 },
    ]);
  }

  want(more: Partial<Want> = {}, strategy: Partial<Strategy> = {}): Want {
    const environment = { ...ENVIRONMENT, strategy: { ...STRATEGY, ...strategy } };
    const service: ServiceSpec = {
      name: REF.service,
      paths: [],
      build: { kind: 'none' },
      suites: {},
      environments: { staging: environment },
    };
    return {
      service,
      environment,
      rolloutId: `r-${++this.#ids}`,
      who: 'ada@test',
      at: this.clock.now(),
      image: `registry.test/shop@sha256:${this.#ids}`,
      suffix: `v${this.#ids + 1}`,
      commit: null,
      branch: null,
      skipCanary: false,
      skipTests: false,
      overrideQuarantine: false,
      ...more,
    };
  }

  begin(want: Want = this.want()): Promise<JournalPlace> {
    const facts = { detectable: () => null, measuredRequests: 0, readsCounters: true };
    return beginRollout({ want, facts, build: null, breakLock: false }, this);
  }

  deps(more: Partial<RolloutDeps> = {}): RolloutDeps {
    return {
      platform: this.platform,
      journal: this.journal,
      ticks: this.#ticks(),
      prober: { probe: async ({ url }) => ({ ...OK, ...this.answer(url) }) },
      builder: { build: async ({ image }) => `${image}@sha256:built` },
      tests: { run: async () => ({ exitCode: this.testExitCode }) },
      clock: this.clock,
      newId: () => `id-${++this.#ids}`,
      who: 'ada@test',
      folder: '/work',
      ...more,
    };
  }

  async entries(place: JournalPlace): Promise<Entry[]> {
    return (await this.journal.read(place)).map(parseEntry);
  }

  /** Percent by revision, as it is in force. */
  shares(): Record<string, number> {
    const served = this.platform.servedNow(REF).filter(({ percent }) => percent > 0);
    return Object.fromEntries(
      served.map(({ revision }) => [revision ?? 'LATEST', percentOf(revision ?? '', served)]),
    );
  }

  #ticks(): TickSource {
    return {
      describe: async () => ({ tickSeconds: TICK_MS / 1000, delaySeconds: 0 }),
      readsCounters: true,
      readTicks: async (request) => this.tickTrouble(request, this.#ticksFrom(request)),
      close: async () => {},
    };
  }

  /** As if the traffic of now had been in force since `from`. */
  #ticksFrom({ from, canary, stable }: TickRequest): Tick[] {
    const ticks: Tick[] = [];
    const firstMs = Math.max(this.#began, Math.ceil(Date.parse(from) / TICK_MS) * TICK_MS);
    for (let ms = firstMs; ms + TICK_MS <= this.clock.now().getTime(); ms += TICK_MS) {
      ticks.push({
        startAt: new Date(ms).toISOString(),
        seconds: TICK_MS / 1000,
        canary: this.#arm([canary]),
        stable: this.#arm(stable),
      });
    }
    return ticks;
  }

  #arm(revisions: readonly string[]): Arm | null {
    const shares = this.shares();
    const arms = revisions.map((revision) => {
      const total = (this.requestsPerSecond * TICK_MS) / 1000;
      const requests = Math.round((total * (shares[revision] ?? 0)) / 100);
      return { requests, errors: Math.round(requests * this.errorShare(revision)) };
    });
    const requests = arms.reduce((sum, arm) => sum + arm.requests, 0);
    const errors = arms.reduce((sum, arm) => sum + arm.errors, 0);
    return requests === 0 ? null : { requests, errors, latency: null };
  }
}

const OK: ProbeAnswer = { status: 200, latencyMs: 5, body: 'ok' };

function createdWith(revision: string) {
  return {
    kind: 'createService',
    revision,
    tag: revision,
    template: { image: 'registry.test/shop@sha256:0' } as RevisionTemplate,
    minInstances: 0,
    annotations: {},
  } as const;
}
