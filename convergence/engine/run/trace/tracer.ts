import { currentTrace, withinTrace } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';

/** Never SQL, parameters of runs or anything else that may hold data or secrets. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanStart {
  readonly name: string;
  readonly kind?: 'server' | 'consumer' | 'internal';
  readonly attributes?: SpanAttributes;
  /** When it began, where that is over. */
  readonly startedAt?: Date;
}

/** A piece of work that is under way. */
export interface Span {
  /** What happens within it is within this. */
  readonly trace: TraceContext | undefined;
  note(attributes: SpanAttributes): void;
  end(outcome?: { readonly error?: unknown }): void;
}

/** Records where time goes. A span belongs to the trace that is current when it starts. */
export interface Tracer {
  startSpan(start: SpanStart): Span;
}

/** Passes the trace of the caller on and records nothing. */
export const noTracer: Tracer = {
  startSpan: () => ({ trace: currentTrace(), note() {}, end() {} }),
};

/** The work within a span that ends with it. */
export async function inSpan<T>(
  tracer: Tracer,
  start: SpanStart,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = tracer.startSpan(start);
  try {
    const result = await withinTrace(span.trace, () => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}
