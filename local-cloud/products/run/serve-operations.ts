import type { Call, Handler } from '../../protocol/handler.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { renderOperation } from './operation.ts';
import type { Operation } from './operation.ts';
import type { PageRequest } from './read-page.ts';
import { readPage } from './read-page.ts';
import { locationOf } from './resource/resource-name.ts';
import type { RunDeps } from './run-deps.ts';

interface WaitRequest {
  readonly name: string;
  /** A duration such as `3.5s`. */
  readonly timeout?: string;
}

const MAX_WAIT_MS = 30_000;

/** google.longrunning.Operations, of Cloud Run. */
export function serveOperations({ store, runner }: RunDeps): Readonly<Record<string, Handler>> {
  const find = (name: string): Operation => {
    const operation = store.operation(name);
    if (operation) return operation;
    throw new StatusError('NOT_FOUND', `Operation '${name}' does not exist.`);
  };
  return {
    GetOperation: async ({ name }: { name: string }) => renderOperation(find(name)),
    WaitOperation: async ({ name, timeout }: WaitRequest, { signal }: Call) => {
      find(name);
      const asked = timeout === undefined ? MAX_WAIT_MS : Number.parseFloat(timeout) * 1000;
      const limit = AbortSignal.timeout(Math.min(asked, MAX_WAIT_MS));
      await runner.wait(name, AbortSignal.any([signal, limit]));
      return renderOperation(find(name));
    },
    ListOperations: async ({ name, ...page }: PageRequest & { name: string }) => {
      const parent = name.replace(/\/operations$/, '');
      const all = store.operations().filter((one) => locationOf(one.name) === parent);
      const { items, nextPageToken } = readPage(all.toReversed(), page);
      const operations = items.map(renderOperation);
      return { operations, ...(nextPageToken !== undefined && { nextPageToken }) };
    },
    DeleteOperation: async ({ name }: { name: string }) => {
      if (!find(name).done)
        throw new StatusError('FAILED_PRECONDITION', `Operation '${name}' is still running.`);
      store.forgetOperation(name);
      return {};
    },
  };
}
