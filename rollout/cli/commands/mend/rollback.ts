import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import type { Style } from 'base/terminal/style.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import {
  listRollBackCandidates,
  planRollBack,
  rollBack,
} from '../../../engine/rollout/by-hand/roll-back.ts';
import type {
  RollBackCandidate,
  RollBackPlan,
  RollBackRequest,
  RolledBack,
} from '../../../engine/rollout/by-hand/roll-back.ts';
import type { RolloutDeps } from '../../../engine/rollout/rollout-deps.ts';
import { confirm } from '../../input/confirm.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { formatTraffic } from '../../render/traffic-text.ts';
import { rolloutDocument } from '../../render/rollout-document.ts';
import { addTargetOptions, isProduction, resolveTarget } from '../../input/target.ts';
import type { Target, TargetOptions } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';

interface RollbackOptions extends TargetOptions {
  readonly list?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly reason: string;
}

type RollbackArguments = readonly [
  environment: string | undefined,
  revision: string | undefined,
  options: RollbackOptions,
];

/** A person has to look: the traffic is back, and the service is still not well. */
const UNHEALTHY = 1;

export function declareRollback(parent: Command, cli: Cli): void {
  addTargetOptions(parent.command('rollback'))
    .argument('[revision]', 'to which; the newest good one before what serves by default')
    .summary('move all traffic back to a good revision')
    .description(
      'Moves all traffic to a good revision in one write, also in the middle of a rollout, which then\n' +
        'ends; asks the service whether it is healthy, and quarantines what served.',
    )
    .option('--list', 'only list where it can go')
    .option('--dry-run', 'only show what would be done')
    .option('--yes', 'do not ask before production')
    .option('--reason <text>', 'for the audit', 'rolled back by hand')
    .action(action(cli, rollback));
}

async function rollback(
  invocation: Invocation,
  ...[environment, revision, options]: RollbackArguments
): Promise<number | void> {
  const { out } = invocation;
  const target = await resolveTarget(invocation, environment, options);
  return withRollout(invocation, target, async (deps) => {
    if (options.list) {
      const candidates = await listRollBackCandidates(target.ref, deps);
      return answer(out, candidates, (all) => renderCandidates(all, out));
    }
    const request = requestOf(target, revision, options.reason);
    const plan = await planRollBack(request, deps);
    if (options.dryRun) return answer(out, plan, (value) => renderRollBackPlan(value, out.style));
    if (!target.declared || isProduction(target.declared)) await ask(plan, options, invocation);
    return doRollBack(request, deps, invocation);
  });
}

function requestOf(target: Target, revision: string | undefined, reason: string): RollBackRequest {
  const health = target.declared?.environment.strategy.prove.health ?? null;
  return { ref: target.ref, revision: revision ?? null, reason, health };
}

async function ask(
  plan: RollBackPlan,
  { yes }: RollbackOptions,
  { out }: Invocation,
): Promise<void> {
  if (!yes) for (const line of renderRollBackPlan(plan, out.style)) out.note(line);
  await confirm(`Move all traffic to ${plan.to}?`, yes ?? false, out);
}

async function doRollBack(
  request: RollBackRequest,
  deps: RolloutDeps,
  { out }: Invocation,
): Promise<number> {
  const done = await rollBack(request, deps);
  const { state, ...rest } = done;
  out.json({ ...rest, rollout: rolloutDocument(state) });
  for (const line of renderRolledBack(done, out.style)) out.line(line);
  return done.checks.some(({ problem }) => problem !== null) ? UNHEALTHY : 0;
}

function renderRollBackPlan(plan: RollBackPlan, style: Style): string[] {
  const { from, to, before, after, rolloutId } = plan;
  return [
    `${style.strong(to)} takes all traffic${from === null ? '' : ` from ${from}`}`,
    `  ${style.faint('before')}  ${formatTraffic(before)}`,
    `  ${style.faint('after')}   ${formatTraffic(after)}`,
    ...(rolloutId === null ? [] : [`  ends the rollout ${rolloutId}`]),
  ];
}

function renderRolledBack(done: RolledBack, style: Style): string[] {
  const took = `${(done.tookMs / 1000).toFixed(2)} s`;
  const checks = done.checks.map(({ name, problem, latencyMs }) =>
    problem === null
      ? `${style.good('ok')}    ${name}  ${Math.round(latencyMs)} ms`
      : `${style.bad('fail')}  ${name}  ${problem}`,
  );
  return [`${style.good('all traffic')} is on ${done.to}, after ${took}`, ...checks];
}

function renderCandidates(candidates: readonly RollBackCandidate[], frame: TableFrame): string[] {
  const { style } = frame;
  const columns = [
    { title: 'revision', isWhole: true },
    { title: 'traffic', side: 'right' as const },
    { title: 'created', paint: style.faint },
    {
      title: 'can be returned to',
      paint: (text: string) => (text === 'yes' ? style.good(text) : text),
    },
  ];
  const rows = candidates.map(({ revision, percent, createdAt, unfit }) => [
    revision,
    percent > 0 ? `${percent} %` : '',
    createdAt.slice(0, 16).replace('T', ' '),
    unfit === null ? 'yes' : `no: ${unfit}`,
  ]);
  return renderTable(columns, rows, frame);
}
