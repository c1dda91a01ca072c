import type { OperationSource } from '../../operation/operation-source.ts';
import { renderOperation } from './operation.ts';
import type { OperationRunner } from './operation-runner.ts';
import { locationOf } from './resource/resource-name.ts';
import type { RunStore } from './run-store.ts';

/** Cloud Run's operations, as google.longrunning.Operations shows them. */
export function runOperations(store: RunStore, runner: OperationRunner): OperationSource {
  return {
    get: (name) => {
      const operation = store.operation(name);
      return operation && renderOperation(operation);
    },
    list: (parent) =>
      store
        .operations()
        .filter(({ name }) => locationOf(name) === parent)
        .map(renderOperation),
    wait: async (name, signal) => {
      await runner.wait(name, signal);
    },
    forget: (name) => store.forgetOperation(name),
  };
}
