import type { LoggingServiceV2Client as Client, protos } from '@google-cloud/logging-api';
import type { Clock } from 'base/clock.ts';
import type { AuditEntry } from '../../engine/report/audit-entry.ts';
import type { AuditLog } from '../../engine/report/audited-journal.ts';

type ClientOptions = ConstructorParameters<typeof Client>[0];
type LogEntry = protos.google.logging.v2.ILogEntry;
type Value = protos.google.protobuf.IValue;

export interface CloudAuditLogOptions {
  readonly grpcOptions: () => Promise<ClientOptions>;
  readonly clock: Clock;
  /** Called once when entries could not be written. */
  readonly onLost: (why: string) => void;
}

const LOG_ID = 'rollout-audit';
/** A release does not wait longer for its log than this. */
const PATIENCE_MS = 3_000;
const CALL = { timeout: PATIENCE_MS, retry: null };

/** Entries in Cloud Logging, under `rollout-audit` of the service's project. */
export class CloudAuditLog implements AuditLog {
  readonly #options: CloudAuditLogOptions;
  #client: Promise<Client> | undefined;
  #waiting: LogEntry[] = [];
  #writing: Promise<void> | undefined;
  #isLost = false;

  constructor(options: CloudAuditLogOptions) {
    this.#options = options;
  }

  write(entry: AuditEntry): void {
    this.#waiting.push(toLogEntry(entry));
    this.#writing ??= this.#writeOn().finally(() => {
      this.#writing = undefined;
    });
  }

  async close(): Promise<void> {
    const over = new AbortController();
    const patience = this.#options.clock.sleep(PATIENCE_MS, over.signal).catch(() => undefined);
    await Promise.race([this.#writing, patience]);
    over.abort();
    await (await this.#client?.catch(() => undefined))?.close().catch(() => undefined);
  }

  /** One request at a time, each with all that came meanwhile. */
  async #writeOn(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting;
      this.#waiting = [];
      try {
        this.#client ??= this.#open();
        await (await this.#client).writeLogEntries({ entries, partialSuccess: true }, CALL);
      } catch (error) {
        this.#tellOnce(error);
      }
    }
  }

  #tellOnce(error: unknown): void {
    if (this.#isLost) return;
    this.#isLost = true;
    const words =
      error instanceof Error ? error.message.replace(/^\d+ [A-Z_]+: /, '') : String(error);
    this.#options.onLost(words);
  }

  async #open(): Promise<Client> {
    const [logging, options] = await Promise.all([
      import('@google-cloud/logging-api'),
      this.#options.grpcOptions(),
    ]);
    return new logging.LoggingServiceV2Client(options);
  }
}

/** The service is the resource, so that a reader finds the audit beside what the service wrote. */
function toLogEntry({ id, at, severity, place, kind, payload }: AuditEntry): LogEntry {
  const { project, region, service } = place.ref;
  const labels = { project_id: project, location: region, service_name: service };
  return {
    logName: `projects/${project}/logs/${LOG_ID}`,
    resource: {
      type: 'cloud_run_revision',
      labels: { ...labels, configuration_name: service, revision_name: '' },
    },
    timestamp: { seconds: Math.floor(Date.parse(at) / 1000), nanos: (Date.parse(at) % 1000) * 1e6 },
    insertId: id,
    severity,
    labels: { rollout: place.rolloutId, kind },
    jsonPayload: { fields: toFields(payload) },
  };
}

function toFields(payload: object): Record<string, Value> {
  const given = Object.entries(payload).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, toValue(value)]));
}

function toValue(value: unknown): Value {
  if (value === null || value === undefined) return { nullValue: 'NULL_VALUE' };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } };
  return { structValue: { fields: toFields(value) } };
}
