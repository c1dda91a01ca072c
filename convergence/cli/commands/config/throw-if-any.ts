import type { Problem } from 'base/document/problem.ts';
import { fail } from '../../../engine/error-codes.ts';

interface Checked {
  readonly tenant: string;
  readonly problems: readonly Problem[];
}

/** @throws config_invalid, which names the tenants that have problems */
export function throwIfAny(checked: readonly Checked[]): void {
  const count = checked.reduce((sum, { problems }) => sum + problems.length, 0);
  if (count === 0) return;
  const faulty = checked.filter(({ problems }) => problems.length > 0).map(({ tenant }) => tenant);
  const problems = count === 1 ? 'one problem' : `${count} problems`;
  throw fail('config_invalid', `${problems} in the configs of ${faulty.join(', ')}`);
}
