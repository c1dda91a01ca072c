import type { Call, Handler } from '../protocol/handler.ts';
import { readPage } from '../protocol/read-page.ts';
import type { PageRequest } from '../protocol/read-page.ts';
import { StatusError } from '../protocol/status-error.ts';
import type { OperationSource, WireOperation } from './operation-source.ts';

interface WaitRequest {
  readonly name: string;
  /** A duration such as `3.5s`. */
  readonly timeout?: string;
}

const MAX_WAIT_MS = 30_000;

/** google.longrunning.Operations: each call goes to the product that knows the operation. */
export function serveOperations(
  sources: readonly OperationSource[],
): Readonly<Record<string, Handler>> {
  return {
    GetOperation: async ({ name }: { name: string }) => find(sources, name).operation,
    WaitOperation: async ({ name, timeout }: WaitRequest, { signal }: Call) => {
      const { source } = find(sources, name);
      const asked = timeout === undefined ? MAX_WAIT_MS : Number.parseFloat(timeout) * 1000;
      const limit = AbortSignal.timeout(Math.min(asked, MAX_WAIT_MS));
      await source.wait(name, AbortSignal.any([signal, limit]));
      return find(sources, name).operation;
    },
    ListOperations: async ({ name, ...page }: PageRequest & { name: string }) => {
      const parent = name.replace(/\/operations$/, '');
      const all = sources.flatMap((source) => source.list(parent));
      const { items, nextPageToken } = readPage(all.toReversed(), page);
      return { operations: items, ...(nextPageToken !== undefined && { nextPageToken }) };
    },
    CancelOperation: async ({ name }: { name: string }) => {
      const { source } = find(sources, name);
      if (!source.cancel) throw unsupported(name, 'cancelled');
      source.cancel(name);
      return {};
    },
    DeleteOperation: async ({ name }: { name: string }) => {
      const { source, operation } = find(sources, name);
      if (!source.forget) throw unsupported(name, 'deleted');
      if (!operation.done)
        throw new StatusError('FAILED_PRECONDITION', `Operation '${name}' is still running.`);
      source.forget(name);
      return {};
    },
  };
}

interface Found {
  readonly source: OperationSource;
  readonly operation: WireOperation;
}

function find(sources: readonly OperationSource[], name: string): Found {
  for (const source of sources) {
    const operation = source.get(name);
    if (operation) return { source, operation };
  }
  throw new StatusError('NOT_FOUND', `Operation '${name}' does not exist.`);
}

/** As google/longrunning/operations.proto asks of servers that do not support a method. */
function unsupported(name: string, what: string): StatusError {
  return new StatusError('UNIMPLEMENTED', `Operation '${name}' cannot be ${what}.`);
}
