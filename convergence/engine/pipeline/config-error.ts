import type { AppError } from 'base/error.ts';
import { fail } from '../error-codes.ts';
import { formatProblem } from 'base/document/problem.ts';
import type { Problem } from 'base/document/problem.ts';

const SHOWN = 5;

/** One error for all mistakes of a tenant's files; `details.problems` has every one. */
export function configError(problems: readonly Problem[]): AppError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  const shown = problems.slice(0, SHOWN).map(formatProblem);
  const rest = problems.length - shown.length;
  const more = rest > 0 ? [`and ${rest} more`] : [];
  return fail(
    'config_invalid',
    [`${count} in the files of the tenant`, ...shown, ...more].join('\n'),
    {
      hint: 'Mend the files at the places named; `convergence validate` checks them again.',
      details: { problems },
    },
  );
}
