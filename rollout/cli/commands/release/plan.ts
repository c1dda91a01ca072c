import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { prepareRelease } from '../../release/prepare-release.ts';
import { renderPlan } from '../../render/plan-lines.ts';
import { resolveDeclared } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';
import { addDeployOptions } from './deploy-options.ts';
import type { ShipOptions } from './deploy-options.ts';

export function declarePlan(parent: Command, cli: Cli): void {
  addDeployOptions(parent.command('plan'))
    .summary('show what a deploy would do')
    .description(
      'Shows every write that a deploy would make, with the traffic before and after it, how long\n' +
        'it takes, and what the judge will be able to see. Changes nothing.',
    )
    .action(action(cli, showPlans));
}

/** Also what `deploy --dry-run` does. Several services: one plan after the other. */
export async function showPlans(
  invocation: Invocation,
  environment: string | undefined,
  options: ShipOptions,
): Promise<void> {
  const { out } = invocation;
  for (const target of await resolveDeclared(invocation, environment, options)) {
    const plan = await withRollout(invocation, target, async (deps) => {
      const release = await prepareRelease(invocation, { target, options }, deps);
      return release.plan;
    });
    answer(out, plan, (value) => renderPlan(value, out.style));
  }
}
