import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Records } from '../../control-plane/records.ts';
import type { DataPlane } from '../../data-plane/data-plane.ts';
import type { FaultBook } from '../../fault/fault-book.ts';
import type { OperationSource } from '../../operation/operation-source.ts';
import type { Handlers, PlainRoute } from '../../protocol/handler.ts';
import type { Operation, Task } from './operation.ts';
import { OperationRunner } from './operation-runner.ts';
import { locationOf } from './resource/resource-name.ts';
import type { RunDeps } from './run-deps.ts';
import { runOperations } from './run-operations.ts';
import { RunStore } from './run-store.ts';
import { serveRevisions } from './serve-revisions.ts';
import { serveServices } from './serve-services.ts';
import { ServiceSettler } from './service-settler.ts';
import { serveV1 } from './v1/serve-v1.ts';

export interface CloudRunDeps {
  readonly records: Records;
  readonly dataPlane: DataPlane;
  readonly faults: FaultBook;
  readonly now: () => Date;
}

/** Cloud Run Admin API, version 2, and version 1 as another view of the same. */
export class CloudRun {
  readonly handlers: Handlers;
  readonly operations: OperationSource;
  /** Version 1 of the API. */
  readonly routes: readonly PlainRoute[];
  readonly store: RunStore;
  readonly #runner: OperationRunner;
  readonly #settler: ServiceSettler;

  constructor({ records, dataPlane, faults, now }: CloudRunDeps) {
    const store = new RunStore(records, now);
    const revisionFault = faults.revisionFault.bind(faults);
    const settler = new ServiceSettler({ store, dataPlane, revisionFault, now });
    const isFaulty = faults.has.bind(faults);
    const runner = new OperationRunner({ store, settler, isFaulty, now });
    const deps: RunDeps = {
      store,
      runner,
      readService: (name) => {
        const ageMs = faults.staleMs(name);
        return ageMs === 0 ? store.service(name) : store.pastService(name, ageMs);
      },
      who: `${userInfo().username}@localhost`,
      nextTime: risingTime(now),
      newUid: randomUUID,
      newOperation: (task, metadata) => newOperation(task, metadata, now()),
      begin: (operation, service) => {
        const trouble = faults.takeForOperation(service.name);
        const begun = trouble ? { ...operation, trouble } : operation;
        store.write({ service, operation: begun });
        runner.begin(begun);
      },
    };
    this.store = store;
    this.#runner = runner;
    this.#settler = settler;
    this.operations = runOperations(store, runner);
    this.handlers = {
      'google.cloud.run.v2.Services': serveServices(deps),
      'google.cloud.run.v2.Revisions': serveRevisions(deps),
    };
    this.routes = [serveV1({ run: deps, handlers: this.handlers, faults })];
  }

  /** Goes on with the operations of the control plane before. */
  async resume(): Promise<void> {
    await this.#settler.applyFaults();
    this.#runner.resume();
  }

  /** Puts the faults of revisions in force that are there. */
  applyFaults(): Promise<void> {
    return this.#settler.applyFaults();
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}

function newOperation(task: Task, metadata: object, at: Date): Operation {
  const name = `${locationOf(task.service)}/operations/${randomUUID()}`;
  return { name, createTime: at.toISOString(), task, done: false, metadata };
}

/** Microseconds count up within a millisecond, because etags are made of times. */
function risingTime(now: () => Date): () => string {
  let lastMicros = 0;
  return () => {
    lastMicros = Math.max(lastMicros + 1, now().getTime() * 1000);
    const ms = Math.floor(lastMicros / 1000);
    const micros = String(lastMicros % 1000).padStart(3, '0');
    return new Date(ms).toISOString().replace('Z', `${micros}Z`);
  };
}
