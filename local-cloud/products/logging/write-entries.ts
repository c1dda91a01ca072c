import { StatusError, statusCodes } from '../../protocol/status-error.ts';
import { fillEntry } from './entry.ts';
import type { EntryDefaults, LogEntry, SentEntry } from './entry.ts';
import type { LogStore } from './log-store.ts';

export interface WriteRequest extends EntryDefaults {
  readonly entries: readonly SentEntry[];
  readonly partialSuccess?: boolean;
  readonly dryRun?: boolean;
}

/** https://cloud.google.com/logging/quotas: the size of a request. */
const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Stores all entries, or none when one is refused; with `partialSuccess` those that are not, and
 * says with the refusal which are.
 */
export function writeEntries(store: LogStore, request: WriteRequest, now: Date): object {
  const { entries, partialSuccess = false, dryRun = false, ...defaults } = request;
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes > MAX_BYTES)
    throw new StatusError(
      'INVALID_ARGUMENT',
      `Request with ${bytes} bytes exceeds the maximum size of ${MAX_BYTES} bytes.`,
    );
  const accepted: LogEntry[] = [];
  const refused = new Map<number, StatusError>();
  for (const [index, entry] of entries.entries()) {
    try {
      accepted.push(fillEntry(entry, defaults, now));
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      refused.set(index, error);
    }
  }
  if (!dryRun && (partialSuccess || refused.size === 0)) store.write(accepted);
  const [first] = refused.values();
  if (first === undefined) return {};
  throw new StatusError(first.code, first.message, partialSuccess ? [tellWhich(refused)] : []);
}

function tellWhich(refused: ReadonlyMap<number, StatusError>) {
  const errors = [...refused].map(([index, { code, message }]) => [
    index,
    { code: statusCodes[code].number, message },
  ]);
  return {
    '@type': 'type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors',
    logEntryErrors: Object.fromEntries(errors) as Readonly<Record<string, object>>,
  };
}
