import type { RunDeps } from '../../convergence/engine/run/execute/open-run.ts';

/** Sees each call of a port by its name, as `dataset.publish`, and decides when it is performed. */
export type OnCall = (call: string, perform: () => unknown) => unknown;

/** The same ports, with every call of the queue, the quota, the sources, the parts and the dataset seen. */
export function watchCalls(deps: RunDeps, onCall: OnCall): RunDeps {
  return {
    ...deps,
    queue: watch('queue', deps.queue, onCall),
    quota: watch('quota', deps.quota, onCall),
    parts: watch('parts', deps.parts, onCall),
    sources: {
      rest_api: watch('rest', deps.sources.rest_api, onCall),
      file: watch('file', deps.sources.file, onCall),
      object_storage: watch('objects', deps.sources.object_storage, onCall),
    },
    warehouse: {
      close: () => deps.warehouse.close(),
      withDataset: (scope, work) =>
        deps.warehouse.withDataset(scope, (dataset) => work(watch('dataset', dataset, onCall))),
    },
  };
}

function watch<Port extends object>(name: string, port: Port, onCall: OnCall): Port {
  return new Proxy(port, {
    get(_, key) {
      const value: unknown = Reflect.get(port, key);
      if (typeof value !== 'function') return value;
      const perform = value as (...args: unknown[]) => unknown;
      return (...args: unknown[]) =>
        onCall(`${name}.${String(key)}`, () => perform.apply(port, args));
    },
  });
}
