import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import type { Clock } from './clock.ts';
import { AppError } from './error.ts';
import { maskSecrets } from './secret.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFields = Readonly<Record<string, unknown>>;

/** Fields are snake_case (`tenant_id`, `run_id`); values under secret names are masked. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line also carries these fields. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Standard output by default, written synchronously, so that a crash loses no line. */
  readonly destination?: DestinationStream;
  /** Named in every error: Error Reporting groups by it and by `stack_trace`. */
  readonly service?: { readonly service: string; readonly version: string };
  /** Names of fields that are also given as labels, which Cloud Logging indexes. */
  readonly labels?: readonly string[];
  /** Asked at each line for fields of the moment, such as the trace of a request. */
  readonly ambient?: () => LogFields;
}

type WrittenLevel = Exclude<LogLevel, 'silent'>;

const severities: Record<string, string> = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
};

/**
 * One JSON object a line, in the shape that Cloud Logging reads: `severity`, `message`, `time`
 * (RFC 3339), `httpRequest`, `logging.googleapis.com/…`; errors in that of Error Reporting. Source:
 * cloud.google.com/logging/docs/structured-logging, …/error-reporting/docs/formatting-error-messages.
 */
export function createLog(options: LogOptions): Log {
  const settings = {
    level: options.level,
    base: null,
    messageKey: 'message',
    timestamp: () => `,"time":"${options.clock.now().toISOString()}"`,
    formatters: { level: (label: string) => ({ severity: severities[label] ?? 'DEFAULT' }) },
  };
  const logger = options.destination ? pino(settings, options.destination) : pino(settings);
  return wrap(logger, options, {});
}

function wrap(logger: Logger, options: LogOptions, bound: LogFields): Log {
  const write = (level: WrittenLevel, message: string, fields: LogFields = {}) => {
    if (!logger.isLevelEnabled(level)) return;
    const line = { ...options.ambient?.(), ...bound, ...fields };
    logger[level](render(level, line, options), message);
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    with: (fields) => wrap(logger, options, { ...bound, ...fields }),
  };
}

function render(level: WrittenLevel, fields: LogFields, options: LogOptions): LogFields {
  const plain = Object.entries(fields).map(([name, value]) => [name, renderError(value)]);
  const line = maskSecrets(Object.fromEntries(plain)) as LogFields;
  return {
    ...line,
    ...renderLabels(line, options.labels ?? []),
    ...(level === 'error' && options.service && { serviceContext: options.service }),
    // Error Reporting looks for the stack at the top of a line, and only there.
    ...(fields.error instanceof Error && { stack_trace: stackOf(line.error) }),
  };
}

function renderLabels(line: LogFields, names: readonly string[]): LogFields {
  const labels = names.filter((name) => typeof line[name] === 'string');
  if (labels.length === 0) return {};
  const values = Object.fromEntries(labels.map((name) => [name, line[name]]));
  return { 'logging.googleapis.com/labels': values };
}

function renderError(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const cause = value.cause === undefined ? {} : { cause: renderError(value.cause) };
  const known =
    value instanceof AppError ? { code: value.code, kind: value.kind, details: value.details } : {};
  return { name: value.name, message: value.message, ...known, stack_trace: value.stack, ...cause };
}

function stackOf(error: unknown): unknown {
  return (error as { stack_trace?: unknown }).stack_trace;
}
