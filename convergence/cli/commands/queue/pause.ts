import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { listenForInterrupt } from 'base/terminal/interrupt.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { StandingAnswer } from '../../../server/api/contract/run/queue.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { PauseVerb, QueuePlace } from '../../client/queue-calls.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';

const DESCRIPTIONS: Readonly<Record<PauseVerb, string>> = {
  pause: 'Lets workers take no further runs; those that run go on to their end.',
  resume: 'Lets workers take runs again.',
  drain: 'Pauses, then waits until no run is left that had begun. Ctrl-C ends only the waiting.',
};

/** How often a drain asks whether runs have ended. */
const ASK_EVERY_MS = 1_000;

/** `pause`, `resume` and `drain`, of a queue or of a tenant. */
export function declareQueuePauses(queue: Command, cli: Cli): void {
  for (const [verb, description] of Object.entries(DESCRIPTIONS)) {
    const act = (invocation: Invocation, name: string | undefined) =>
      change(invocation, verb as PauseVerb, name);
    queue
      .command(verb)
      .description(description)
      .argument('[queue]', 'pipeline, ingest, dq or transform')
      .option('--tenant <tenant>', 'all that this tenant has in any queue')
      .action(action(cli, act));
  }
}

async function change(
  invocation: Invocation,
  verb: PauseVerb,
  name: string | undefined,
): Promise<void> {
  const { out } = invocation;
  const place = placeOf(name, invocation.options.tenant);
  const standing = await withPlatform(invocation, { worker: false }, ({ client }) =>
    verb === 'drain' ? drain(invocation, client, place) : client.changeQueue(verb, place),
  );
  answer(out, standing, (found) => [renderStanding(place, found)]);
}

function placeOf(queue: string | undefined, tenant: string | undefined): QueuePlace {
  if (queue !== undefined && tenant === undefined) return { queue };
  if (queue === undefined && tenant !== undefined) return { tenant };
  throw fail('request_invalid', 'Of what? Name a queue, or a tenant with --tenant: one of them', {
    hint: 'The queues are pipeline, ingest, dq and transform.',
  });
}

async function drain(
  { out }: Invocation,
  client: ApiClient,
  place: QueuePlace,
): Promise<StandingAnswer> {
  const interrupt = listenForInterrupt();
  for (;;) {
    const standing = await client.changeQueue('drain', place);
    if (standing.state === 'paused') return standing;
    out.note(renderStanding(place, standing));
    await wait(ASK_EVERY_MS, undefined, { signal: interrupt }).catch(() => {
      throw interrupt.reason;
    });
  }
}

function renderStanding(place: QueuePlace, { state, depth, running }: StandingAnswer): string {
  const name = 'queue' in place ? `queue ${place.queue}` : `tenant ${place.tenant}`;
  return `${name} is ${state}: ${depth} waiting, ${running} running`;
}
