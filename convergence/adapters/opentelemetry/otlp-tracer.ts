import { diag, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, DiagLogger, Span as OtelSpan } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { currentTrace } from '../../engine/run/trace/trace-context.ts';
import type { TraceContext } from '../../engine/run/trace/trace-context.ts';
import type { Span, Tracer } from '../../engine/run/trace/tracer.ts';

export interface OtlpOptions {
  /** Address of the collector; spans go to `/v1/traces` below it. */
  readonly endpoint: string;
  readonly version: string;
  readonly environment: string;
  /** Told why spans were lost; at most once a minute. */
  readonly onLost: (reason: string) => void;
}

const SEND_TIMEOUT_MS = 3_000;
const TELL_EVERY_MS = 60_000;

const kinds = {
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/**
 * Sends spans to an OpenTelemetry collector, in batches of five seconds. A trace whose caller does
 * not sample it is not recorded. `close` sends what is left.
 */
export function openOtlpTracer(options: OtlpOptions): {
  readonly tracer: Tracer;
  close(): Promise<void>;
} {
  diag.setLogger(lossLogger(options.onLost), { suppressOverrideMessage: true });
  const url = `${options.endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: SEND_TIMEOUT_MS });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'convergence',
      'service.version': options.version,
      'deployment.environment.name': options.environment,
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('convergence', options.version);
  return {
    tracer: {
      startSpan: (start) => {
        const given = { ...start, kind: kinds[start.kind ?? 'internal'] };
        const { name, kind, attributes, startedAt: startTime } = given;
        const span = tracer.startSpan(name, { kind, attributes, startTime }, parentContext());
        return present(span);
      },
    },
    close: () => provider.shutdown(),
  };
}

function parentContext(): Context {
  const parent = currentTrace();
  if (!parent) return ROOT_CONTEXT;
  const { traceId, spanId, sampled } = parent;
  const traceFlags = sampled ? 1 : 0;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function present(span: OtelSpan): Span {
  let over = false;
  return {
    trace: traceOf(span),
    note: (attributes) => void span.setAttributes(attributes),
    end: ({ error } = {}) => {
      if (over) return;
      over = true;
      if (error !== undefined) fail(span, error);
      span.end();
    },
  };
}

function traceOf(span: OtelSpan): TraceContext {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return { traceId, spanId, sampled: (traceFlags & 1) === 1 };
}

/** The code of an error, never its message, which may hold SQL and values. */
function fail(span: OtelSpan, error: unknown): void {
  const { code, name } = error as { code?: unknown; name?: unknown };
  const type = [code, name].find((one) => typeof one === 'string') ?? 'unknown';
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The SDK tells of its troubles here only, and of each batch anew while a collector is down. */
function lossLogger(onLost: (reason: string) => void): DiagLogger {
  let toldAtMs = -Infinity;
  const tell = (reason: string) => {
    if (performance.now() - toldAtMs < TELL_EVERY_MS) return;
    toldAtMs = performance.now();
    onLost(reason);
  };
  const ignore = () => {};
  return { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore };
}
