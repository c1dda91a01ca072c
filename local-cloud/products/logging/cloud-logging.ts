import type { Clock } from 'base/clock.ts';
import type { Product } from '../../control-plane/product.ts';
import type { Records } from '../../control-plane/records.ts';
import { readPage } from '../../protocol/read-page.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import type { Handler } from '../../protocol/handler.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { listEntries } from './list-entries.ts';
import type { ListRequest } from './list-entries.ts';
import { collectOutput } from './output/collect-output.ts';
import { LogStore } from './log-store.ts';
import { writeEntries } from './write-entries.ts';
import type { WriteRequest } from './write-entries.ts';

export interface LoggingDeps {
  readonly records: Records;
  readonly clock: Pick<Clock, 'now'>;
  /** Of the data plane's logs; what instances write there are entries, too. */
  readonly outputFolder?: string;
}

type ListLogsRequest = PageRequest & {
  readonly parent: string;
  readonly resourceNames?: readonly string[];
};

/** Cloud Logging: entries are written, and found again by filters. */
export function openLogging({ records, clock, outputFolder }: LoggingDeps): Product {
  const store = new LogStore(records);
  const collect = () => {
    if (outputFolder !== undefined) collectOutput(store, outputFolder);
  };
  const methods: Readonly<Record<string, Handler>> = {
    WriteLogEntries: async (request: WriteRequest) => writeEntries(store, request, clock.now()),
    ListLogEntries: async (request: ListRequest) => {
      collect();
      return listEntries(store, request);
    },
    ListLogs: async ({ parent, resourceNames = [], ...page }: ListLogsRequest) => {
      collect();
      const parents = resourceNames.length > 0 ? resourceNames : [parent];
      const names = store
        .logNames()
        .filter((name) => parents.some((one) => name.startsWith(`${one}/logs/`)));
      const { items, ...more } = readPage(names, page);
      return { logNames: [...items], ...more };
    },
    DeleteLog: async ({ logName }: { logName: string }) => {
      if (store.deleteLog(logName) > 0) return {};
      throw new StatusError('NOT_FOUND', `Log ${logName} does not exist.`);
    },
  };
  return {
    protos: { '@google-cloud/logging-api': ['google/logging/v2/logging.proto'] },
    handlers: {
      'google.logging.v2.LoggingServiceV2': Object.fromEntries(
        Object.entries(methods).map(([name, handler]) => [name, neverInternal(name, handler)]),
      ),
    },
  };
}

/** Google's client repeats a write that is answered INTERNAL for a minute. */
function neverInternal(name: string, handler: Handler): Handler {
  return async (request, call) => {
    try {
      return await handler(request, call);
    } catch (error) {
      if (error instanceof StatusError) throw error;
      throw new StatusError('UNKNOWN', `local-cloud's own mistake in ${name}: ${String(error)}`);
    }
  };
}
