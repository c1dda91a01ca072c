import type { LoadSize } from '../../tenant/usage/count-load.ts';
import type { Claim } from '../run-queue.ts';

/** What a run takes of the plan of its tenant, for the worker that holds it. */
export interface RunQuota {
  /** Notes how many source files the tenant has. @throws quota_exceeded when they are too many */
  checkSources(claim: Claim, sources: number): Promise<void>;
  /** @throws quota_exceeded when no rows or no bytes are left */
  checkLeft(claim: Claim): Promise<void>;
  /**
   * Counts a load that is about to be published; once, however often it is said. A size of zero
   * takes it back.
   * @throws quota_exceeded when it does not fit, lease_lost
   */
  countLoad(claim: Claim, loadId: string, size: LoadSize): Promise<void>;
}
