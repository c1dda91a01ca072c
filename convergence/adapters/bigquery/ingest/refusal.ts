import { failureOf } from '../client/translate-error.ts';

/** Why a transaction of ours ends without writing anything. */
export type Refusal = 'lease_lost' | 'state_moved' | 'already_published';

/** An expression that ends the transaction where the condition is true. */
export function refuseIf(refusal: Refusal, condition: string): string {
  return `IF(${condition}, ERROR('convergence: ${refusal}'), 1)`;
}

/** What ended a transaction; null: something else than we ourselves. */
export function refusalOf(error: unknown): Refusal | null {
  const message = failureOf(error)?.message ?? '';
  const [, found] = /convergence: (lease_lost|state_moved|already_published)/.exec(message) ?? [];
  return (found as Refusal | undefined) ?? null;
}
