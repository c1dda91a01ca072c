import { severityNumber, timeNumber } from '../filter/filter.ts';
import type { SentEntry } from '../entry.ts';

/** What moves from the line to the entry (https://cloud.google.com/logging/docs/structured-logging). */
const SPECIAL: Readonly<Record<string, string>> = {
  'logging.googleapis.com/insertId': 'insertId',
  'logging.googleapis.com/labels': 'labels',
  'logging.googleapis.com/operation': 'operation',
  'logging.googleapis.com/sourceLocation': 'sourceLocation',
  'logging.googleapis.com/spanId': 'spanId',
  'logging.googleapis.com/trace': 'trace',
  'logging.googleapis.com/trace_sampled': 'traceSampled',
  httpRequest: 'httpRequest',
};
const NAMES: Readonly<Record<string, string>> = { WARN: 'WARNING', FATAL: 'CRITICAL' };

/** A line that an instance wrote, as Cloud Run gives it to Cloud Logging. */
export function parseLine(line: string): SentEntry {
  const fields = readObject(line);
  if (fields === null) return { textPayload: line };
  const entry: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const special = SPECIAL[name];
    if (special !== undefined && isOf(special, value)) entry[special] = value;
    else if (name === 'severity' && severityOf(value)) entry['severity'] = severityOf(value);
    else if (name === 'time' && timeOf(value)) entry['timestamp'] = timeOf(value);
    else rest[name] = value;
  }
  const { message, ...more } = rest;
  if (typeof message === 'string' && Object.keys(more).length === 0)
    return { ...entry, textPayload: message };
  return { ...entry, jsonPayload: rest };
}

function readObject(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What has another shape stays where it was, as in the cloud. */
function isOf(special: string, value: unknown): boolean {
  if (special === 'traceSampled') return typeof value === 'boolean';
  if (['insertId', 'spanId', 'trace'].includes(special)) return typeof value === 'string';
  if (typeof value !== 'object' || value === null) return false;
  return special !== 'labels' || Object.values(value).every((one) => typeof one === 'string');
}

function severityOf(value: unknown): string | null {
  const name = String(value).toUpperCase();
  const known = NAMES[name] ?? name;
  return severityNumber(known) === null ? null : known;
}

function timeOf(value: unknown): string | null {
  return typeof value === 'string' && timeNumber(value) !== null ? value : null;
}
