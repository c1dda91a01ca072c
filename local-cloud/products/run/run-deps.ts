import type { Operation, Task } from './operation.ts';
import type { OperationRunner } from './operation-runner.ts';
import type { KeptService } from './resource/resource.ts';
import type { RunStore, ServiceChange } from './run-store.ts';

/** What the handlers of Cloud Run's methods share. */
export interface RunDeps {
  readonly store: RunStore;
  readonly runner: OperationRunner;
  /** As a reader sees it: a fault may make that older than it is. */
  readonly readService: (name: string) => KeptService | undefined;
  /** Of the calling account. */
  readonly who: string;
  /** RFC 3339, later than all it gave before. */
  readonly nextTime: () => string;
  readonly newUid: () => string;
  /** Neither stored nor begun. */
  readonly newOperation: (task: Task, metadata: object) => Operation;
  /** Stores an operation together with what it is about, then begins it. */
  readonly begin: (operation: Operation, service: ServiceChange) => void;
}
