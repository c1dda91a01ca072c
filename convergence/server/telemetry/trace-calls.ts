import type { Dataset, Warehouse } from '../../engine/flow/warehouse.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import { inSpan, noTracer } from '../../engine/run/trace/tracer.ts';
import type { SpanAttributes, Tracer } from '../../engine/run/trace/tracer.ts';

/** Names of spans by the calls that they cover; other calls have none. */
type SpanNames = Readonly<Record<string, string>>;

const DATASET_SPANS = {
  stage: 'stage rows',
  measure: 'measure rules',
  publish: 'publish rows',
  buildModel: 'build model',
  query: 'query',
  previewTable: 'preview table',
} as const satisfies Partial<Record<keyof Dataset, string>>;

interface Tracing {
  readonly tracer: Tracer;
  readonly names: SpanNames;
  readonly attributes?: SpanAttributes;
}

/** The same port, with a span around each named call; the port itself where nothing is traced. */
export function traceCalls<Port extends object>(port: Port, tracing: Tracing): Port {
  const { tracer, names, attributes } = tracing;
  if (tracer === noTracer) return port;
  return new Proxy(port, {
    get(_, key) {
      const value: unknown = Reflect.get(port, key);
      if (typeof value !== 'function') return value;
      const call = (value as (...args: unknown[]) => unknown).bind(port);
      const name = names[String(key)];
      if (name === undefined) return call;
      return (...args: unknown[]) =>
        inSpan(tracer, { name, attributes }, async (span) => {
          const result = await call(...args);
          span.note(countRows(result));
          return result;
        });
    },
  });
}

/** Spans of the statements that a dataset runs; never of their text, which may hold data. */
export function traceWarehouse(warehouse: Warehouse, tracer: Tracer): Warehouse {
  if (tracer === noTracer) return warehouse;
  const watch = (dataset: Dataset, { tenantId }: TenantScope) => {
    const attributes = { 'convergence.tenant_id': tenantId };
    return traceCalls(dataset, { tracer, names: DATASET_SPANS, attributes });
  };
  return {
    withDataset: (scope, work) =>
      warehouse.withDataset(scope, (dataset) => work(watch(dataset, scope))),
    close: () => warehouse.close(),
  };
}

const COUNTS = ['rowsIn', 'rowsGood', 'rowsLoaded', 'rowsQuarantined', 'rows'];

function countRows(result: unknown): SpanAttributes {
  const counted = Object.entries(result ?? {}).filter(
    ([name, value]) => COUNTS.includes(name) && typeof value === 'number',
  );
  const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(
    counted.map(([name, value]) => [`convergence.${snake(name)}`, value as number]),
  );
}
