import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { Have, Revision } from '../../../engine/plan/have.ts';
import { quarantineOf } from '../../../engine/plan/marks.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { formatRef } from '../../render/traffic-text.ts';
import { addTargetOptions, resolveTarget } from '../../input/target.ts';
import type { TargetOptions } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';

export function declareRevisions(parent: Command, cli: Cli): void {
  addTargetOptions(parent.command('revisions'))
    .summary('list the revisions of a service')
    .description('Lists the revisions of a service, the newest first, with what they serve.')
    .action(action(cli, listRevisions));
}

async function listRevisions(
  invocation: Invocation,
  environment: string | undefined,
  options: TargetOptions,
): Promise<void> {
  const target = await resolveTarget(invocation, environment, options);
  const { ref } = target;
  const have = await withRollout(invocation, target, ({ platform }) => platform.readService(ref));
  if (!have) throw serviceAbsent(formatRef(ref));
  answer(invocation.out, listOf(have), (rows) => renderRevisions(rows, invocation.out));
}

export function serviceAbsent(name: string): Error {
  return fail('service_absent', `There is no service ${name}`, {
    hint: '`rollout deploy` makes it.',
  });
}

interface ListedRevision extends Revision {
  readonly percent: number;
  readonly tags: readonly string[];
  /** Why it may not serve again; null when it may. */
  readonly quarantine: string | null;
}

function listOf(have: Have): ListedRevision[] {
  const quarantine = quarantineOf(have);
  return have.revisions.map((revision) => {
    const served = have.served.filter((target) => target.revision === revision.name);
    return {
      ...revision,
      percent: served.reduce((sum, { percent }) => sum + percent, 0),
      tags: served.flatMap(({ tag }) => tag ?? []),
      quarantine: quarantine.find((one) => one.revision === revision.name)?.why ?? null,
    };
  });
}

function renderRevisions(rows: readonly ListedRevision[], frame: TableFrame): string[] {
  const { good, bad, faint } = frame.style;
  const columns = [
    { title: 'revision', isWhole: true },
    { title: 'traffic', side: 'right' as const, paint: (text: string) => (text ? good(text) : '') },
    { title: 'tag' },
    { title: 'state', paint: (text: string) => (text === 'ready' ? text : bad(text)) },
    { title: 'created', paint: faint },
    { title: 'commit' },
    { title: 'image' },
  ];
  return renderTable(columns, rows.map(cellsOf), frame);
}

function cellsOf(revision: ListedRevision): string[] {
  const { name, percent, tags, createdAt, commit, image } = revision;
  const traffic = percent > 0 ? `${percent} %` : '';
  const created = createdAt.slice(0, 16).replace('T', ' ');
  return [name, traffic, tags.join(' '), stateOf(revision), created, commit ?? '', image];
}

function stateOf({ quarantine, state, message }: ListedRevision): string {
  if (quarantine !== null) return `quarantined: ${quarantine}`;
  return message === undefined || state === 'ready' ? state : `${state}: ${message}`;
}
