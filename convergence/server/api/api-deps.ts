import type { Clock } from 'base/clock.ts';
import type { NextId } from 'base/id.ts';
import type { Log } from 'base/log.ts';
import type { EventFeed } from '../../engine/event/event-feed.ts';
import type { SinkRecord, SinkStore } from '../../engine/event/sink-record.ts';
import type { Preview } from '../../engine/flow/source.ts';
import type { Warehouse } from '../../engine/flow/warehouse.ts';
import type { ConfigStore } from '../../engine/pipeline/config-store.ts';
import type { SourceSpec } from '../../engine/pipeline/spec/source-spec.ts';
import type { BackfillStore } from '../../engine/run/many/backfill-store.ts';
import type { ScheduleStore } from '../../engine/run/schedule/schedule-store.ts';
import type { DocumentStore } from '../../engine/pipeline/document/document-store.ts';
import type { QueueControl } from '../../engine/run/queue/queue-control.ts';
import type { RunStore } from '../../engine/run/run-store.ts';
import type { AdminKeyStore } from '../../engine/tenant/key/admin-key-store.ts';
import type { CredentialStore } from '../../engine/tenant/kms/credential-store.ts';
import type { Kms } from '../../engine/tenant/kms/kms.ts';
import type { Rewrapper } from '../../engine/tenant/kms/sealed-values.ts';
import type { KeyStore } from '../../engine/tenant/key/key-store.ts';
import type { ReadPlans } from '../../engine/tenant/plan/plan.ts';
import type { QuotaStore } from '../../engine/tenant/usage/quota-store.ts';
import type { OffboardDeps } from '../../engine/tenant/offboard/offboard-tenant.ts';
import type { SecretStore } from '../../engine/tenant/secret-store.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import type { TenantStore } from '../../engine/tenant/tenant-store.ts';
import type { Tracer } from '../../engine/run/trace/tracer.ts';
import type { Probe } from '../health/probe.ts';
import type { Load } from '../telemetry/load-gauges.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Chores } from '../scheduler/chores.ts';
import type { Settings } from '../settings/settings.ts';

/** Everything that the API leans on; chosen by the wire. */
export interface ApiDeps {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly nextId: NextId;
  readonly tenants: TenantStore;
  readonly quotas: QuotaStore;
  readonly plans: PlanBook;
  readonly keys: KeyStore;
  readonly adminKeys: AdminKeyStore;
  readonly credentials: CredentialStore;
  readonly masterKeys: { readonly kms: Kms; readonly rewrapper: Rewrapper };
  readonly runs: RunStore;
  readonly schedules: ScheduleStore;
  readonly chores: Chores;
  readonly queueControl: QueueControl;
  readonly events: EventFeed;
  readonly backfills: BackfillStore;
  /** The files and the documents of tenants, as one. */
  readonly sinks: SinkStore;
  readonly webhooks: WebhookTools;
  readonly configs: ConfigStore;
  readonly configFiles: ConfigStore;
  readonly documents: DocumentStore;
  readonly secrets: SecretStore;
  readonly warehouse: Warehouse;
  readonly sources: SourceInspector;
  readonly offboarding: Pick<OffboardDeps, 'leaving' | 'tables' | 'parts' | 'exports' | 'mirror'>;
  readonly controlPlane: ControlPlane;
  /** What must answer for the service to be ready. */
  readonly probes: readonly Probe[];
  /** Writes a first pipeline into the folder of a tenant that has none; absent: read-only. */
  readonly writeSample?: (scope: TenantScope) => Promise<'written' | 'was_there'>;
}

/** The plans of tenants. */
export interface PlanBook {
  readonly read: ReadPlans;
  /** Why the operator's file is not in force; null when it is. */
  readonly problem: string | null;
}

export interface WebhookTools {
  /** A new secret, and what is kept of it. */
  createSecret(): Promise<{ secret: string; sealed: string }>;
  /** Sends something that is no event. @throws delivery_failed, sink_address_forbidden */
  sendTest(sink: SinkRecord): Promise<void>;
}

/** The control database as a whole, for the operator. */
export interface ControlPlane {
  /** Makes the schema `tenants`, dropping what is there if told to; the names of its tables. */
  bootstrap(options: { recreate: boolean }): Promise<readonly string[]>;
  readLoad(): Promise<Load>;
}

/** Looks at a source without loading anything. Both throw what an extraction would throw. */
export interface SourceInspector {
  checkResource(scope: TenantScope, at: SourcePlace): Promise<void>;
  previewResource(scope: TenantScope, at: SourcePlace, limit: number): Promise<Preview>;
}

export interface SourcePlace {
  readonly source: SourceSpec;
  readonly resource: string;
  readonly signal: AbortSignal;
}
