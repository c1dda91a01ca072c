import { AsyncLocalStorage } from 'node:async_hooks';

/** Where in which trace something happens. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const current = new AsyncLocalStorage<TraceContext | undefined>();

/** The trace in which the caller works: set by whoever took up the request, or the run. */
export function currentTrace(): TraceContext | undefined {
  return current.getStore();
}

/** Does the work, and all that it starts, within a trace, or in none. */
export function withinTrace<T>(trace: TraceContext | undefined, work: () => T): T {
  return current.run(trace, work);
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** Undefined for text that is no trace. Source: W3C Trace Context, section 3.2. */
export function parseTraceparent(text: string): TraceContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text) ?? [];
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return checked({ traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 });
}

/** `X-Cloud-Trace-Context: TRACE_ID/SPAN_ID;o=OPTIONS`, its span id a decimal number. */
export function parseCloudTrace(text: string): TraceContext | undefined {
  const [, traceId = '', span = '0', options] =
    /^([\da-f]{32})\/(\d{1,20})(?:;o=(\d))?$/i.exec(text) ?? [];
  const spanId = BigInt(span).toString(16).padStart(16, '0');
  return checked({ traceId: traceId.toLowerCase(), spanId, sampled: options === '1' });
}

/** As a header, and as it is kept with a run. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

function checked(trace: TraceContext): TraceContext | undefined {
  const isGiven = (id: string, length: number) => id.length === length && /[^0]/.test(id);
  return isGiven(trace.traceId, 32) && isGiven(trace.spanId, 16) ? trace : undefined;
}
