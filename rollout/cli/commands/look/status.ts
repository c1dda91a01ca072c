import type { Command } from 'commander';
import type { Have } from '../../../engine/plan/have.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { readRollout } from '../../follow/read-rollout.ts';
import { rolloutDocument } from '../../render/rollout-document.ts';
import type { RolloutDocument } from '../../render/rollout-document.ts';
import { renderStatus } from '../../render/status-lines.ts';
import { formatRef } from '../../render/traffic-text.ts';
import { addTargetOptions, resolveTarget } from '../../input/target.ts';
import type { TargetOptions } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';
import { serviceAbsent } from './revisions.ts';

export function declareStatus(parent: Command, cli: Cli): void {
  addTargetOptions(parent.command('status'))
    .summary('show what serves, and the newest rollout')
    .description('Shows the traffic of a service and where its newest rollout stands.')
    .action(action(cli, showStatus));
}

/** `rollout` is null when the journal knows none. */
export interface Status {
  readonly service: Have | null;
  readonly rollout: RolloutDocument | null;
}

async function showStatus(
  invocation: Invocation,
  environment: string | undefined,
  options: TargetOptions,
): Promise<void> {
  const target = await resolveTarget(invocation, environment, options);
  const { ref } = target;
  const status = await withRollout(invocation, target, async ({ platform, journal }) => {
    const [service, [newest]] = await Promise.all([platform.readService(ref), journal.list(ref)]);
    if (!service && newest === undefined) throw serviceAbsent(formatRef(ref));
    const place = newest === undefined ? null : { ref, rolloutId: newest };
    return { service, rollout: place && (await readRollout(place, journal)) };
  });
  const { out } = invocation;
  const { service, rollout } = status;
  out.json({ service, rollout: rollout && rolloutDocument(rollout) } satisfies Status);
  for (const line of renderStatus(status, { style: out.style, nowMs: Date.now() })) out.line(line);
}
