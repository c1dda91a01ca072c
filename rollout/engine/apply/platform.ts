import type { Effect } from '../plan/effect.ts';
import type { Have, ServiceRef } from '../plan/have.ts';

/** Where services run. Every error is an AppError with a code of `error-codes.ts`. */
export interface Platform {
  /** Null when there is no such service. @throws platform_* */
  readService(ref: ServiceRef): Promise<Have | null>;
  /** The names of the services of a project and region. */
  listServices(scope: Omit<ServiceRef, 'service'>): Promise<readonly string[]>;
  /**
   * Begins a write and gives the name of its long-running operation, to be stored before waiting.
   * `etag` is that of the Have that the effect was decided on; null for `createService`.
   * @throws etag_stale (kind conflict) when somebody wrote since; service_exists; revision_exists;
   *   effect_refused (kind input) with what the platform said
   */
  begin(ref: ServiceRef, effect: Effect, etag: string | null): Promise<string>;
  /**
   * Waits for an operation, also one that another process began.
   * @throws operation_failed (kind broken or input) with the platform's words; operation_overdue
   *   (kind transient) at the deadline, when it may still end; operation_unknown (kind absent)
   */
  finish(operation: string, deadline: Date, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
