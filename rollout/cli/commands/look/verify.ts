import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import type { Have } from '../../../engine/plan/have.ts';
import { healthCheck, plannedCheck } from '../../../engine/rollout/decide/next-proof.ts';
import { runChecks } from '../../../engine/rollout/perform/run-checks.ts';
import type { RolloutDeps } from '../../../engine/rollout/rollout-deps.ts';
import type { CheckResult } from '../../../engine/rollout/entry.ts';
import { exitCodeOfFindings, renderFinding } from '../../render/finding.ts';
import type { Finding } from '../../render/finding.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { formatRef, formatTraffic } from '../../render/traffic-text.ts';
import { addTargetOptions, resolveTarget } from '../../input/target.ts';
import type { DeployTarget, TargetOptions } from '../../input/target.ts';
import { withProber, withRollout } from '../../wire.ts';
import { serviceAbsent } from './revisions.ts';

const DEADLINE_MS = 30_000;
const SAMPLES = 20;
/** Of the samples; a service that answers slower is worth a look. */
const SLOW_MS = 2_000;

interface VerifyOptions extends TargetOptions {
  readonly suite?: string;
  readonly health?: string;
}

type Ask = Pick<RolloutDeps, 'prober'>;

export function declareVerify(parent: Command, cli: Cli): void {
  addTargetOptions(parent.command('verify'))
    .summary('ask a service whether it is well')
    .description(
      'Health, a suite of rollout.yaml, latency and error rate of a few requests, and what is in\n' +
        'service, within 30 seconds. Instead of an environment, a URL can be given. Exit code 1 when\n' +
        'something fails.',
    )
    .option('--suite <name>', 'of rollout.yaml; that of the strategy by default')
    .option('--health <path>', 'that of the strategy, or / by default')
    .action(action(cli, verify));
}

async function verify(
  invocation: Invocation,
  where: string | undefined,
  options: VerifyOptions,
): Promise<number> {
  const { out } = invocation;
  const findings = await examine(invocation, where, options);
  for (const finding of findings) {
    for (const line of renderFinding(finding, out.style)) out.line(line);
  }
  out.json({ findings });
  return exitCodeOfFindings(findings);
}

async function examine(
  invocation: Invocation,
  where: string | undefined,
  options: VerifyOptions,
): Promise<Finding[]> {
  if (where !== undefined && /^https?:\/\//.test(where)) {
    if (options.suite) throw fail('flag_invalid', '--suite needs an environment instead of a URL');
    return withProber((prober) => askService(where, options.health ?? '/', { prober }));
  }
  const target = await resolveTarget(invocation, where, options);
  return withRollout(invocation, target, async (deps) => {
    const have = await deps.platform.readService(target.ref);
    if (!have) throw serviceAbsent(formatRef(target.ref));
    const health = options.health ?? target.declared?.environment.strategy.prove.health ?? '/';
    const suite = await askSuite(have.url, target.declared, { deps, name: options.suite });
    return [...describe(have), ...(await askService(have.url, health, deps)), ...suite];
  });
}

/** What is in service. */
function describe(have: Have): Finding[] {
  const state = have.state === 'ready' ? 'ok' : 'fail';
  const serving = have.revisions.filter(({ name }) =>
    have.served.some(({ revision, percent }) => revision === name && percent > 0),
  );
  const images = serving.map(({ name, image }) => `${name} is ${image}`).join(', ');
  return [
    { name: 'service', state, message: have.message ?? have.state },
    { name: 'traffic', state: 'ok', message: formatTraffic(have.served) },
    { name: 'images', state: 'ok', message: images },
  ];
}

async function askService(url: string, path: string, { prober }: Ask): Promise<Finding[]> {
  const checks = Array.from({ length: SAMPLES }, () => healthCheck(url.replace(/\/$/, ''), path));
  const results = await runChecks(checks, prober, AbortSignal.timeout(DEADLINE_MS));
  const failed = results.filter(({ problem }) => problem !== null);
  const share = (100 * failed.length) / results.length;
  const latencies = results.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  const [p50 = 0, p95 = 0] = [0.5, 0.95].map((q) => latencies[Math.floor(q * latencies.length)]);
  const isSlow = p95 > SLOW_MS;
  return [
    findingOf({ ...(results[0] as CheckResult), name: `health ${path}` }),
    {
      name: 'error rate',
      state: failed.length === 0 ? 'ok' : 'fail',
      message: `${share.toFixed(0)} % of ${results.length} requests`,
    },
    {
      name: 'latency',
      state: isSlow ? 'warn' : 'ok',
      message: `p50 ${Math.round(p50)} ms, p95 ${Math.round(p95)} ms`,
    },
  ];
}

async function askSuite(
  url: string,
  declared: DeployTarget | null,
  { deps, name }: { readonly deps: Ask; readonly name: string | undefined },
): Promise<Finding[]> {
  const wanted = name ?? declared?.environment.strategy.prove.suite ?? null;
  if (wanted === null) return [];
  const suite = declared?.service.suites[wanted];
  if (!suite) {
    const known = Object.keys(declared?.service.suites ?? {}).join(', ') || 'none';
    throw fail('flag_invalid', `There is no suite '${wanted}'`, {
      hint: `rollout.yaml declares ${known}.`,
    });
  }
  const checks = suite.map((check) => plannedCheck(url, check));
  const results = await runChecks(checks, deps.prober, AbortSignal.timeout(DEADLINE_MS));
  return results.map(findingOf);
}

function findingOf({ name, problem, latencyMs }: CheckResult): Finding {
  if (problem !== null) return { name, state: 'fail', message: problem };
  return { name, state: 'ok', message: `${Math.round(latencyMs)} ms` };
}
