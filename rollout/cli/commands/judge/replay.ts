import { resolve } from 'node:path';
import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import type { Style } from 'base/terminal/style.ts';
import { fail } from '../../../engine/error-codes.ts';
import { parseEntry } from '../../../engine/rollout/entry.ts';
import type { Entry } from '../../../engine/rollout/entry.ts';
import type { JudgePolicy } from '../../../engine/service/rollout-spec.ts';
import { findPlace } from '../../input/find-place.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { rejudge } from '../../follow/rejudge.ts';
import type { Rejudged } from '../../follow/rejudge.ts';
import { countsText } from '../../render/progress-line.ts';
import { evidenceNumber } from '../../render/traffic-text.ts';
import {
  addTargetOptions,
  pickEnvironment,
  readRolloutFile,
  resolveTarget,
} from '../../input/target.ts';
import type { TargetOptions } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';

interface ReplayOptions extends TargetOptions {
  readonly rollout?: string;
  readonly policy?: string;
}

export function declareReplay(parent: Command, cli: Cli): void {
  addTargetOptions(parent.command('replay'))
    .summary('judge a past rollout again')
    .description(
      'Gives the recorded ticks of a rollout to the judge again, under the policy that it had or under\n' +
        'that of another rollout.yaml, and shows the evidence after each look. Changes nothing.',
    )
    .option('--rollout <id>', 'which rollout; the newest by default')
    .option('--policy <file>', 'a rollout.yaml whose strategy judges instead')
    .action(action(cli, replay));
}

async function replay(
  invocation: Invocation,
  environment: string | undefined,
  options: ReplayOptions,
): Promise<void> {
  const target = await resolveTarget(invocation, environment, options);
  const entries = await withRollout(invocation, target, async ({ journal }) => {
    const place = await findPlace(journal, target.ref, options.rollout);
    return (await journal.read(place)).map(parseEntry);
  });
  const policy = await readPolicy(invocation, entries, options.policy);
  const { out } = invocation;
  answer(out, rejudge(entries, policy), (looks) => renderLooks(looks, out.style));
}

/** Null: the policy that the rollout had. */
async function readPolicy(
  { folder }: Invocation,
  [begun]: readonly Entry[],
  file: string | undefined,
): Promise<JudgePolicy | null> {
  if (file === undefined) return null;
  const release = begun?.kind === 'begun' ? begun.request.release : null;
  if (!release) throw fail('flag_invalid', 'The rollout released nothing, so nothing was judged');
  const { services } = await readRolloutFile(resolve(folder, file), file);
  const service = services.find(({ name }) => name === release.service.name) ?? services[0];
  if (!service) throw fail('service_unknown', `${file} declares no service`);
  return pickEnvironment(service, release.environment.name).strategy.judge;
}

function renderLooks(looks: readonly Rejudged[], style: Style): string[] {
  if (looks.length === 0) return ['nothing was observed in this rollout'];
  const lines = looks.map(({ at, percent, canary, stable, kind, e }) => {
    const evidence = e === null ? '' : `  E ${evidenceNumber(e)}`;
    const paint = kind === 'FAIL' ? style.bad : style.faint;
    const counts = `canary ${countsText(canary)}; stable ${countsText(stable)}`;
    return `${style.faint(at.slice(11, 19))}  ${percent} %${evidence}  ${paint(kind)}  ${counts}`;
  });
  const failed = looks.find(({ kind }) => kind === 'FAIL');
  const last = looks.at(-1);
  return [...lines, '', (failed ?? last)?.reason ?? ''];
}
