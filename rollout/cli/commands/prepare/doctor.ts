import type { Command } from 'commander';
import { AppError } from 'base/error.ts';
import type { ServiceRef } from '../../../engine/plan/have.ts';
import { diagnoseTraffic } from '../../../engine/plan/traffic/diagnose-traffic.ts';
import type { RolloutDeps } from '../../../engine/rollout/rollout-deps.ts';
import { exitCodeOfFindings, renderFinding } from '../../render/finding.ts';
import type { Finding } from '../../render/finding.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { formatRef } from '../../render/traffic-text.ts';
import { addTargetOptions, resolveTarget } from '../../input/target.ts';
import type { TargetOptions } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';

type Examination = (ref: ServiceRef, deps: RolloutDeps) => Promise<readonly Finding[]>;

/** Each reaches one thing that a rollout needs, the way a rollout does. */
const EXAMINATIONS: readonly (readonly [name: string, examine: Examination])[] = [
  ['Cloud Run', examineRun],
  ['service', examineService],
  ['journal', examineJournal],
  ['metrics', examineMetrics],
];

export function declareDoctor(parent: Command, cli: Cli): void {
  addTargetOptions(parent.command('doctor'))
    .summary('examine what a rollout needs')
    .description(
      'Reaches everything that a rollout needs, with these credentials: Cloud Run, the journal, the\n' +
        'metrics; explains the traffic of the service. Says what is wrong with the command that mends\n' +
        'it. Exit code 1 when something fails.',
    )
    .action(action(cli, examine));
}

async function examine(
  invocation: Invocation,
  environment: string | undefined,
  options: TargetOptions,
): Promise<number> {
  const { out } = invocation;
  const target = await resolveTarget(invocation, environment, options);
  const findings: Finding[] = [];
  const tell = (finding: Finding) => {
    findings.push(finding);
    for (const line of renderFinding(finding, out.style)) out.line(line);
  };
  tell({ name: 'target', state: 'ok', message: formatRef(target.ref) });
  await withRollout(invocation, target, async (deps) => {
    for (const [name, examination] of EXAMINATIONS) {
      const found = await examination(target.ref, deps).catch((error: unknown) => [
        failure(name, error, target.ref),
      ]);
      for (const finding of found) tell(finding);
    }
  });
  out.json({ findings });
  return exitCodeOfFindings(findings);
}

function failure(name: string, error: unknown, { project }: ServiceRef): Finding {
  if (!(error instanceof AppError)) throw error;
  return { name, state: 'fail', message: error.message, mend: mendOf(error, project) };
}

/** A Google API that is not enabled says its own name. */
function mendOf(error: AppError, project: string): string | undefined {
  const [api] = /[a-z]+\.googleapis\.com/.exec(error.message) ?? [];
  const isDisabled = /has not been used|is disabled|SERVICE_DISABLED/.test(error.message);
  return api && isDisabled ? `gcloud services enable ${api} --project ${project}` : error.hint;
}

async function examineRun(ref: ServiceRef, { platform }: RolloutDeps): Promise<Finding[]> {
  const services = await platform.listServices(ref);
  const count = services.length === 1 ? '1 service' : `${services.length} services`;
  return [{ name: 'Cloud Run', state: 'ok', message: `answers, with ${count} in ${ref.region}` }];
}

async function examineService(ref: ServiceRef, { platform }: RolloutDeps): Promise<Finding[]> {
  const have = await platform.readService(ref);
  if (!have) {
    const message = 'is not there yet: the first deploy makes it';
    return [{ name: 'service', state: 'ok', message }];
  }
  const state = have.state === 'failed' ? 'fail' : 'ok';
  const traffic = diagnoseTraffic(have).map(({ level, message, hint }): Finding => ({
    name: 'traffic',
    state: level === 'warning' ? 'warn' : 'ok',
    message,
    ...(hint !== undefined && { mend: hint }),
  }));
  return [{ name: 'service', state, message: have.message ?? have.state }, ...traffic];
}

async function examineJournal(ref: ServiceRef, { journal }: RolloutDeps): Promise<Finding[]> {
  const count = (await journal.list(ref)).length;
  const rollouts = count === 1 ? '1 rollout' : `${count} rollouts`;
  return [{ name: 'journal', state: 'ok', message: `can be read, with ${rollouts}` }];
}

async function examineMetrics(ref: ServiceRef, { ticks }: RolloutDeps): Promise<Finding[]> {
  const { tickSeconds, delaySeconds } = await ticks.describe(ref);
  const message = `one point each ${tickSeconds} s, ${delaySeconds} s late at most`;
  return [{ name: 'metrics', state: 'ok', message }];
}
