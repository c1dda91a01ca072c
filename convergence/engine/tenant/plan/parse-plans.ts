import { parseSpec } from 'base/document/parse-spec.ts';
import { formatProblem } from 'base/document/problem.ts';
import type { Problem } from 'base/document/problem.ts';
import { readYaml } from 'base/document/yaml-document.ts';
import { z } from 'zod';
import { fail } from '../../error-codes.ts';
import type { Plans } from './plan.ts';
import { plansSpec } from './plan-spec.ts';

/**
 * The plans in the text of a plan file; `file` names it in errors.
 * @throws plans_invalid, with every mistake at its place
 */
export function parsePlans(file: string, text: string): Plans {
  const { document, problems } = readYaml(file, text);
  if (!document || problems.length > 0) throw plansInvalid(problems);
  const reading = parseSpec(document, plansSpec);
  if (!reading.value) throw plansInvalid(reading.problems);
  return reading.value.plans;
}

/** JSON Schema (draft 2020-12) of a plan file, for editors. */
export function plansJsonSchema(): object {
  const { $schema, ...body } = z.toJSONSchema(plansSpec, { io: 'input', reused: 'ref' });
  const description = 'The file of plans that PLANS_FILE names.';
  return { $schema, $id: 'plans.schema.json', title: 'plans', description, ...body };
}

function plansInvalid(problems: readonly Problem[]): Error {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return fail(
    'plans_invalid',
    [`${count} in the plan file`, ...problems.map(formatProblem)].join('\n'),
    {
      hint: 'Mend the file at the places named; docs/guides/running/plans-and-quotas.md has a whole one.',
      details: { problems },
    },
  );
}
