import { fail } from '../../error-codes.ts';
import type { Column } from './column.ts';
import type { TablePlan } from './table-plan.ts';
import { sameType } from './widen-type.ts';

/**
 * Whether a plan still leads from the table as it is to the table that it wants.
 * @throws state_moved when another load changed the table since the plan was made
 */
export function assertPlanHolds(
  table: string,
  plan: TablePlan,
  current: readonly Column[] | null,
): void {
  const creates = plan.changes.some(({ change }) => change === 'create');
  const before = plan.columns.filter(({ name }) => current?.some((column) => column.name === name));
  const changed = new Set(plan.changes.map((one) => ('column' in one ? one.column.name : '')));
  const holds = current
    ? !creates &&
      before.length === current.length &&
      current.every(({ name, type }) => {
        const planned = before.find((column) => column.name === name);
        return planned && (changed.has(name) || sameType(planned.type, type));
      })
    : creates;
  if (holds) return;
  throw fail('state_moved', `another load changed table '${table}' meanwhile`, {
    hint: 'Nothing was written; the load starts over with the newer table.',
    details: { table },
  });
}
