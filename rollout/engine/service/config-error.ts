import type { AppError } from 'base/error.ts';
import { formatProblem } from 'base/document/problem.ts';
import type { Problem } from 'base/document/problem.ts';
import { fail } from '../error-codes.ts';

/** One error for all mistakes of rollout.yaml; `details.problems` has them as values. */
export function configError(problems: readonly Problem[]): AppError {
  const count = problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`;
  return fail(
    'config_invalid',
    [`${count} in rollout.yaml`, ...problems.map(formatProblem)].join('\n'),
    {
      hint: 'Mend the file at the places named; nothing was changed.',
      details: { problems },
    },
  );
}
