import type { Command } from 'commander';
import { beginRollout } from '../../../engine/rollout/begin-rollout.ts';
import { confirm } from '../../input/confirm.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { prepareRelease } from '../../release/prepare-release.ts';
import { renderPlan } from '../../render/plan-lines.ts';
import { runRollout } from '../../follow/run-rollout.ts';
import { isProduction, resolveDeclared } from '../../input/target.ts';
import type { DeployTarget } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';
import { addDeployOptions } from './deploy-options.ts';
import type { ShipOptions } from './deploy-options.ts';
import { showPlans } from './plan.ts';

export function declareDeploy(parent: Command, cli: Cli): void {
  addDeployOptions(parent.command('deploy'))
    .summary('ship a service')
    .description(
      'Builds and deploys a revision without traffic, proves it, and moves traffic to it step by step\n' +
        'while the judge compares it with the one in service. A bad release is taken back by itself.',
    )
    .option('--dry-run', 'only show the plan')
    .option('--yes', 'do not ask before production')
    .option('--break-lock', 'although another rollout holds the lock of the service')
    .option('--exit-on-hold', 'end with 11 when a person has to decide, instead of waiting')
    .action(action(cli, deploy));
}

async function deploy(
  invocation: Invocation,
  environment: string | undefined,
  options: ShipOptions,
): Promise<number | void> {
  if (options.dryRun) return showPlans(invocation, environment, options);
  // In the order of rollout.yaml; the first that is not promoted stops those behind it.
  for (const target of await resolveDeclared(invocation, environment, options)) {
    const code = await deployOne(invocation, target, options);
    if (code !== 0) return code;
  }
}

async function deployOne(
  invocation: Invocation,
  target: DeployTarget,
  options: ShipOptions,
): Promise<number> {
  const { out } = invocation;
  return withRollout(invocation, target, async (deps) => {
    const release = await prepareRelease(invocation, { target, options }, deps);
    if (!release.hasChanged) {
      out.line(`${target.ref.service}: nothing changed since ${release.since}`);
      out.json({ kind: 'unchanged', service: target.ref.service, since: release.since });
      return 0;
    }
    if (isProduction(target) && out.isLive && !options.yes) {
      for (const line of renderPlan(release.plan, out.style)) out.line(line);
      await confirm(`Ship ${release.plan.revision} to ${target.environment.name}?`, false, out);
    }
    const place = await beginRollout({ ...release, breakLock: options.breakLock ?? false }, deps);
    return runRollout(place, deps, { out, exitOnHold: options.exitOnHold ?? false });
  });
}
