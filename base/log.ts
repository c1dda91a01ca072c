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
}

const severities: Record<string, string> = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
};

/**
 * One JSON object a line, in the shape that Cloud Logging reads: `severity`, `message`, `time`
 * (RFC 3339). Source: cloud.google.com/logging/docs/structured-logging.
 */
export function createLog(options: LogOptions): Log {
  const settings = {
    level: options.level,
    base: null,
    messageKey: 'message',
    timestamp: () => `,"time":"${options.clock.now().toISOString()}"`,
    formatters: { level: (label: string) => ({ severity: severities[label] ?? 'DEFAULT' }) },
  };
  return wrap(options.destination ? pino(settings, options.destination) : pino(settings));
}

function wrap(logger: Logger): Log {
  return {
    debug: (message, fields) => logger.debug(render(fields), message),
    info: (message, fields) => logger.info(render(fields), message),
    warn: (message, fields) => logger.warn(render(fields), message),
    error: (message, fields) => logger.error(render(fields), message),
    with: (fields) => wrap(logger.child(render(fields))),
  };
}

function render(fields: LogFields = {}): Record<string, unknown> {
  const plain = Object.entries(fields).map(([name, value]) => [name, renderError(value)]);
  return maskSecrets(Object.fromEntries(plain)) as Record<string, unknown>;
}

/** Error Reporting groups lines by `stack_trace`. */
function renderError(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const cause = value.cause === undefined ? {} : { cause: renderError(value.cause) };
  const known =
    value instanceof AppError ? { code: value.code, kind: value.kind, details: value.details } : {};
  return { name: value.name, message: value.message, ...known, stack_trace: value.stack, ...cause };
}
