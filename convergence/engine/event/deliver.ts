import type { Clock } from 'base/clock.ts';
import type { Log } from 'base/log.ts';
import { AppError } from 'base/error.ts';
import { maskValues, resolveValues } from '../pipeline/resolve-values.ts';
import type { RunStore } from '../run/run-store.ts';
import type { SecretStore } from '../tenant/secret-store.ts';
import { tenantScope } from '../tenant/tenant-scope.ts';
import { decideRetry } from './decide-retry.ts';
import type { Setback } from './decide-retry.ts';
import { runLink, toEventDocument } from './event-document.ts';
import type { EventOutbox, SettledDelivery, SinkLease, WaitingDelivery } from './event-outbox.ts';
import type { EventSinks, Outgoing } from './event-sink.ts';
import { composeNotice } from './notice.ts';
import { isTenantEvent, streamOf } from './pipeline-event.ts';
import type { PipelineEvent, StoredEvent } from './pipeline-event.ts';
import type { SecretBox } from './secret-box.ts';
import type { SinkRecord } from './sink-record.ts';

export interface DeliverDeps {
  readonly outbox: EventOutbox;
  readonly sinks: EventSinks;
  readonly runs: Pick<RunStore, 'getRun' | 'listRuleResults'>;
  readonly secrets: SecretStore;
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly publicUrl: string | undefined;
}

export const LEASE_MS = 30_000;
/** A send that was begun has ended before the lease can. */
const SEND_TIMEOUT_MS = 8_000;
const MARGIN_MS = 5_000;
const BATCH = 200;
/** Runs of one sink that are told side by side. */
const WIDTH = 8;

/**
 * Sends what waits for a sink until nothing does, one fails, or the lease is lost. Events of a run go
 * one after the other. What was sent and not settled is sent again, by whoever has the next lease.
 */
export async function deliver(
  first: SinkLease,
  signal: AbortSignal,
  deps: DeliverDeps,
): Promise<void> {
  let lease: SinkLease | null = first;
  while (lease && !signal.aborted) {
    const limit = lease.failures > 0 ? 1 : BATCH;
    const waiting = await deps.outbox.readWaiting(lease.sink.sinkId, limit);
    if (waiting.length === 0) break;
    const batch = new Batch(lease, signal, deps);
    await batch.send(waiting);
    lease = await deps.outbox.settle(lease, batch.settlement(), LEASE_MS);
    if (batch.setback) break;
  }
  if (lease) await deps.outbox.releaseSink(lease);
}

class Batch {
  readonly #lease: SinkLease;
  readonly #signal: AbortSignal;
  readonly #deps: DeliverDeps;
  readonly #rows: SettledDelivery[] = [];
  setback: Setback | null = null;

  constructor(lease: SinkLease, signal: AbortSignal, deps: DeliverDeps) {
    this.#lease = lease;
    this.#signal = signal;
    this.#deps = deps;
  }

  async send(waiting: readonly WaitingDelivery[]): Promise<void> {
    const runs = Map.groupBy(waiting, ({ event }) => streamOf(event)).values();
    const lanes = Array.from({ length: WIDTH }, async () => {
      for (const run of runs) await this.#sendRun(run);
    });
    await Promise.all(lanes);
  }

  settlement() {
    const { setback } = this;
    return {
      rows: this.#rows,
      failures: setback?.failures ?? (this.#rows.length > 0 ? 0 : this.#lease.failures),
      sinkDueAt: setback?.sinkDueAt ?? null,
      lastError: setback?.lastError ?? null,
    };
  }

  async #sendRun(run: readonly WaitingDelivery[]): Promise<void> {
    for (const delivery of run) {
      if (!this.#maySend() || !(await this.#sendOne(delivery))) return;
    }
  }

  #maySend(): boolean {
    const neededMs = this.#deps.clock.now().getTime() + SEND_TIMEOUT_MS + MARGIN_MS;
    return !this.setback && !this.#signal.aborted && neededMs < this.#lease.until.getTime();
  }

  async #sendOne({ event, attempts }: WaitingDelivery): Promise<boolean> {
    const { clock, random, log } = this.#deps;
    const eventId = event.id;
    const settled = { eventId, dueAt: null, lastError: null };
    try {
      await sendEvent(this.#lease.sink, event, this.#deps);
      this.#rows.push({ ...settled, state: 'delivered', attempts: attempts + 1 });
      return true;
    } catch (error) {
      if (!(error instanceof AppError)) log.error('an event could not be sent', { eventId, error });
      const failed = { attempts, failures: this.#lease.failures, error };
      this.setback = decideRetry(failed, { now: clock.now(), random });
      const { state, dueAt, lastError } = this.setback;
      this.#rows.push({ eventId, state, attempts: this.setback.attempts, dueAt, lastError });
      return false;
    }
  }
}

/** Sends what is no event, at once. @throws delivery_failed, sink_address_forbidden, secret_absent */
export async function sendTest(sink: SinkRecord, id: string, deps: DeliverDeps): Promise<void> {
  const tenantId = sink.tenantId ?? 'operator';
  const time = deps.clock.now();
  const message = 'A test: events of Convergence arrive here.';
  const document = {
    specversion: '1.0',
    id,
    source: `/tenants/${tenantId}`,
    type: 'convergence.test',
    time: time.toISOString(),
    datacontenttype: 'application/json',
    data: { version: 1, message },
  } as const;
  const notice = { subject: `[${tenantId}] test`, lines: [message] };
  await sendTo(
    sink,
    { id, orderingKey: id, document, notice },
    { tenantId, runId: id, at: time, deps },
  );
}

async function sendEvent(sink: SinkRecord, event: StoredEvent, deps: DeliverDeps): Promise<void> {
  const document = toEventDocument(event, deps.publicUrl);
  const notice = await noticeFor(sink, event, deps);
  const message = { id: document.id, orderingKey: document.partitionkey, document, notice };
  await sendTo(sink, message, { ...event, runId: streamOf(event), deps });
}

interface About extends Pick<PipelineEvent, 'tenantId' | 'runId' | 'at'> {
  readonly deps: DeliverDeps;
}

async function sendTo(
  sink: SinkRecord,
  message: Omit<Outgoing, 'address' | 'secret'>,
  about: About,
): Promise<void> {
  const { box, sinks } = about.deps;
  const { address, secrets } = await addressFor(sink, about);
  const secret = sink.sealedSecret === null ? null : await box.open(sink.sealedSecret);
  try {
    const outgoing = { ...message, address, secret };
    await sinks[sink.kind].send(outgoing, AbortSignal.timeout(SEND_TIMEOUT_MS));
  } catch (error) {
    throw masked(error, secrets);
  }
}

/** Secrets are read when they are needed, so that a new one serves what waits. */
async function addressFor(sink: SinkRecord, { tenantId, runId, at, deps }: About) {
  if (sink.pipelineId === null) return { address: sink.address, secrets: [] };
  const scope = tenantScope(tenantId);
  const day = at.toISOString().slice(0, 10);
  const resolved = await resolveValues(sink.address, {
    tenantId,
    runId,
    runDate: day,
    intervalEnd: day,
    params: {},
    readSecret: (name) => deps.secrets.readSecret(scope, name),
  });
  return { address: resolved.value, secrets: resolved.secrets };
}

/** Only people are told more than the event says. */
async function noticeFor(sink: SinkRecord, event: StoredEvent, deps: DeliverDeps) {
  const isForPeople = sink.kind === 'slack' || sink.kind === 'email';
  if (!isForPeople || isTenantEvent(event)) return { subject: event.message, lines: [] };
  const scope = tenantScope(event.tenantId);
  const run = await deps.runs.getRun(scope, event.runId);
  const results = await deps.runs.listRuleResults(scope, event.runId);
  return composeNotice({ run, results, link: runLink(event.runId, deps.publicUrl) });
}

function masked(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, kind, message, hint, details, cause } = error;
  return new AppError({ code, kind, hint, details, cause, message: maskValues(message, secrets) });
}
