import { randomUUID } from 'node:crypto';
import { StatusError } from '../../protocol/status-error.ts';

interface Resource {
  readonly type: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** google.logging.v2.LogEntry in JSON, as it is written. */
export interface SentEntry {
  readonly logName?: string;
  readonly resource?: Resource;
  readonly timestamp?: string;
  readonly insertId?: string;
  readonly severity?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** As it is kept. */
export interface LogEntry extends SentEntry {
  readonly logName: string;
  readonly timestamp: string;
  readonly insertId: string;
}

/** What all entries of a request have unless they say otherwise. */
export type EntryDefaults = Pick<SentEntry, 'logName' | 'resource' | 'labels'>;

/** https://cloud.google.com/logging/quotas: the size of a LogEntry. */
const MAX_BYTES = 256 * 1024;
const MAX_AHEAD_MS = 24 * 3_600_000;
const LOG_ID = /^[A-Za-z0-9%/_.-]{1,511}$/;

/** @throws INVALID_ARGUMENT with what is wrong with this entry */
export function fillEntry(sent: SentEntry, defaults: EntryDefaults, now: Date): LogEntry {
  const logName = sent.logName ?? defaults.logName ?? '';
  const resource = sent.resource ?? defaults.resource;
  const { timestamp = now.toISOString(), insertId = randomUUID() } = sent;
  refuseBadName(logName);
  if (!resource?.type) throw invalid('A monitored resource must be specified for each log entry.');
  if (Date.parse(timestamp) > now.getTime() + MAX_AHEAD_MS)
    throw invalid('Log entry timestamp is more than 24 hours in the future.');
  const labels = { ...defaults.labels, ...sent.labels };
  const entry = {
    ...sent,
    logName,
    resource,
    timestamp,
    receiveTimestamp: now.toISOString(),
    insertId,
    ...(Object.keys(labels).length > 0 && { labels }),
  };
  const bytes = Buffer.byteLength(JSON.stringify(entry));
  if (bytes > MAX_BYTES)
    throw invalid(`Log entry with size ${bytes} bytes exceeds maximum size of ${MAX_BYTES} bytes.`);
  return entry;
}

function refuseBadName(logName: string): void {
  const [, project = '', , id = ''] = logName.split('/');
  if (logName === '') throw invalid('Log name must be specified for each log entry.');
  if (project === '' || !LOG_ID.test(id))
    throw invalid(
      `Log name ${JSON.stringify(logName)} is not of the form projects/[PROJECT_ID]/logs/[LOG_ID], with the id URL-encoded.`,
    );
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
