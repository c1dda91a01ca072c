import type { IncomingMessage, ServerResponse } from 'node:http';
import { clientKey } from '../counter/client-key.ts';
import type { CounterBook, OpenRequest } from '../counter/counter-book.ts';
import type { Instance } from '../process/instance.ts';
import type { RevisionFleet } from '../process/revision-fleet.ts';
import { NoInstance } from '../process/waiting-line.ts';
import { Exchange } from './exchange.ts';
import { answer } from './own-answers.ts';
import { relay } from './relay.ts';
import type { RelayEnd } from './relay.ts';

export interface RouteDeps {
  /** Chooses the revision for one request; undefined when none serves. */
  readonly pick: () => RevisionFleet | undefined;
  readonly counters: CounterBook;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * The way of a request: a revision is drawn, an instance of it found or waited for, the request
 * relayed and counted. It is sent again only when the first instance refused the connection, and a
 * revision is drawn again only when the first was removed while the request waited for it.
 */
export async function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  deps: RouteDeps,
): Promise<void> {
  const fleet = deps.pick();
  if (!fleet) return answer(response, 'notFound');
  const open = deps.counters.open(fleet.revision.name);
  const exchange = new Exchange(request, response, fleet.revision.timeoutMs);
  try {
    await bringToInstance({ exchange, open, fleet }, deps);
  } finally {
    exchange.close();
    const { status } = exchange;
    deps.counters.close(open, { status, client: status < 500 ? '' : clientKey(request) });
  }
}

interface Passage {
  readonly exchange: Exchange;
  readonly open: OpenRequest;
  readonly fleet: RevisionFleet;
}

async function bringToInstance(passage: Passage, deps: RouteDeps): Promise<void> {
  const { exchange, open } = passage;
  let { fleet } = passage;
  for (let refusals = 0; refusals < 2;) {
    const found = fleet.take() ?? (await waitForInstance(fleet, exchange));
    if (found === 'closed') {
      const next = deps.pick();
      if (!next || next === fleet) return answer(exchange.response, 'notFound');
      fleet = next;
      open.revision = next.revision.name;
      continue;
    }
    if (found === 'answered') return;
    open.instance = found.id;
    const end = await passTo(found, { exchange, open, fleet }, deps);
    fleet.giveBack(found);
    // A crash shows here before the end of the process does.
    if (end !== 'done') void fleet.doubt(found);
    if (end !== 'refused') return;
    refusals++;
  }
  answer(exchange.response, 'connectionFailed');
}

/** `answered`: there is none, and the client was told; `closed`: the revision is being removed. */
async function waitForInstance(
  fleet: RevisionFleet,
  exchange: Exchange,
): Promise<Instance | 'answered' | 'closed'> {
  const waiting = new AbortController();
  exchange.onAbort = () => waiting.abort();
  try {
    return await fleet.takeLater(waiting.signal);
  } catch (error) {
    const refusal = error instanceof NoInstance ? error.refusal : 'timeout';
    if (refusal === 'closed') return 'closed';
    answer(exchange.response, refusal);
    return 'answered';
  }
}

async function passTo(
  instance: Instance,
  { exchange, fleet }: Passage,
  { random }: RouteDeps,
): Promise<RelayEnd> {
  const { delayMs = 0, errorShare = 0 } = fleet.fault;
  if (delayMs > 0) await delay(exchange, delayMs);
  if (exchange.aborted || (errorShare > 0 && random() < errorShare)) {
    answer(exchange.response, exchange.aborted ? 'timeout' : 'fault');
    return 'done';
  }
  return relay(exchange, instance);
}

function delay(exchange: Exchange, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    exchange.onAbort = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
