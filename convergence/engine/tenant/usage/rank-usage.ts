import { fail } from '../../error-codes.ts';
import type { Plans } from '../plan/plan.ts';
import type { TenantUsage } from './quota-store.ts';
import { limitUses } from './usage.ts';
import type { LimitUse } from './usage.ts';

/** A tenant beside the limits of its plan. */
export interface RankedTenant {
  readonly tenant: TenantUsage;
  readonly limits: readonly LimitUse[];
  /** Used share of the limit that is nearest to its end: from 0, 1 when nothing is left. */
  readonly nearness: number;
}

/** Tenants in the order in which limits will stop them. */
export function rankUsage(
  tenants: readonly TenantUsage[],
  plans: Plans,
  now: Date,
): readonly RankedTenant[] {
  const ranked = tenants.map((tenant) => {
    const limits = limitsOf(tenant, plans, now);
    return { tenant, limits, nearness: nearnessOf(limits) };
  });
  return ranked.toSorted(inOrder);
}

/** Every limit with its use; none where the tenant has a plan that is gone. */
export function limitsOf(tenant: TenantUsage, plans: Plans, now: Date): readonly LimitUse[] {
  const plan = plans[tenant.plan];
  const { usage, timeZone } = tenant;
  return plan ? limitUses({ plan, usage, now, timeZone }, tenant) : [];
}

/** Whoever runs as many runs at once as it may is not stopped: the next one waits. */
function nearnessOf(limits: readonly LimitUse[]): number {
  const shares = limits.filter(({ name }) => name !== 'concurrent_runs').map(shareOf);
  return Math.max(0, ...shares);
}

function shareOf({ used, allowed }: LimitUse): number {
  if (allowed === null) return 0;
  return allowed === 0 ? 1 : used / allowed;
}

type Rank = Pick<RankedTenant, 'nearness'> & { readonly tenant: Pick<TenantUsage, 'tenantId'> };

function inOrder(a: Rank, b: Rank): number {
  if (a.nearness !== b.nearness) return b.nearness - a.nearness;
  return a.tenant.tenantId < b.tenant.tenantId ? -1 : 1;
}

/**
 * A page of ranked tenants. Use goes on between two pages, so a tenant that overtakes others may be
 * seen twice or not at all.
 * @throws request_invalid for a cursor that is not one of ours
 */
export function pageOfRanked(
  ranked: readonly RankedTenant[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): { readonly page: readonly RankedTenant[]; readonly next: string | null } {
  const after = cursor === undefined ? null : parseCursor(cursor);
  const rest = after ? ranked.filter((one) => inOrder(after, one) < 0) : ranked;
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { page, next: last && rest.length > limit ? formatCursor(last) : null };
}

function formatCursor({ nearness, tenant }: RankedTenant): string {
  return `${nearness}_${tenant.tenantId}`;
}

function parseCursor(cursor: string): Rank {
  const [, share, tenantId = ''] = /^([\d.e+-]+)_([a-z]\w*)$/.exec(cursor) ?? [];
  const nearness = Number(share);
  if (Number.isFinite(nearness)) return { nearness, tenant: { tenantId } };
  throw fail('request_invalid', `The cursor '${cursor.slice(0, 60)}' is not one of ours.`, {
    hint: 'Send the value of next_cursor from the page before, or none for the first page.',
  });
}
