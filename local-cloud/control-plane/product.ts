import type { Clock } from 'base/clock.ts';
import type { FaultBook } from '../fault/fault-book.ts';
import type { OperationBook } from '../operation/operation-book.ts';
import type { OperationSource } from '../operation/operation-source.ts';
import { serveOperations } from '../operation/serve-operations.ts';
import type { ProtoFiles } from '../protocol/descriptor/load-descriptors.ts';
import type { Handlers, PlainRoute, StreamHandlers } from '../protocol/handler.ts';
import type { Endpoints } from './endpoints.ts';
import type { Records } from './records.ts';

/** What each product of Google's is opened with. */
export interface ProductDeps {
  /** The folder of the state. */
  readonly home: string;
  readonly records: Records;
  readonly faults: FaultBook;
  /** For methods that answer with an operation and have nothing to wait for. */
  readonly operations: OperationBook;
  readonly clock: Clock;
  /** Where this local-cloud answers; null until it is up. */
  readonly endpoints: () => Endpoints | null;
}

/** One of Google's products, as the control plane serves it: methods of protos, plain HTTP or both. */
export interface Product {
  readonly protos?: ProtoFiles;
  readonly handlers?: Handlers;
  readonly streams?: StreamHandlers;
  readonly routes?: readonly PlainRoute[];
  /** Those that it does not keep in the book of all products. */
  readonly operations?: OperationSource;
  /** Once the ports are there: goes on with what an earlier control plane left. */
  resume?(): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** All of them as one. */
export function mergeProducts(products: readonly Product[]) {
  const protos: Record<string, readonly string[]> = {};
  for (const product of products) {
    for (const [npmPackage, files] of Object.entries(product.protos ?? {})) {
      protos[npmPackage] = [...(protos[npmPackage] ?? []), ...files];
    }
  }
  const own = products.flatMap((product) => Object.entries(product.handlers ?? {}));
  const operations = products.flatMap((product) => product.operations ?? []);
  const handlers: Handlers = {
    ...Object.fromEntries(own),
    'google.longrunning.Operations': serveOperations(operations),
  };
  const streams: StreamHandlers = Object.fromEntries(
    products.flatMap((product) => Object.entries(product.streams ?? {})),
  );
  return { protos, handlers, streams, routes: products.flatMap(({ routes }) => routes ?? []) };
}
