import type { TenantScope } from '../tenant/tenant-scope.ts';
import type { StoredEvent } from './pipeline-event.ts';

/** Every change of state, in one order that readers can follow. */
export interface EventFeed {
  /**
   * Events of a tenant with higher ids, in the order of ids. Whoever goes on after the last one
   * misses none: an event shows only once no lower id can appear any more.
   */
  readEvents(
    scope: TenantScope,
    page: { after: number; limit: number },
  ): Promise<readonly StoredEvent[]>;
}
