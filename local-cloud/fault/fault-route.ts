import { setTimeout as wait } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BegunCall, PlainRoute } from '../protocol/handler.ts';
import { readJsonBody } from '../protocol/rest/read-body.ts';
import { writeJson } from '../protocol/rest/write-answer.ts';
import { StatusError } from '../protocol/status-error.ts';
import type { FaultBook } from './fault-book.ts';
import { faultSchema } from './fault.ts';

const PREFIX = '/local/v1/faults';

/** Makes a call slow or refuses it, as the faults want. */
export async function meetFaults(faults: FaultBook, call: BegunCall): Promise<void> {
  for (const fault of faults.takeForCall(call)) {
    if (fault.kind === 'slow') {
      await wait(fault.delayMs, undefined, { signal: call.signal }).catch(() => undefined);
    } else {
      const message =
        fault.message ?? `The fault ${fault.id} of local-cloud refuses ${call.method}.`;
      throw new StatusError(fault.code, message);
    }
  }
}

/** Refuses a call that has been carried out, as if its answer had been lost on the way. */
export function loseAnswer(faults: FaultBook, call: BegunCall): void {
  const [fault] = faults.takeForAnswer(call);
  if (!fault) return;
  const message = `The fault ${fault.id} of local-cloud lost the answer of ${call.method}.`;
  throw new StatusError('UNAVAILABLE', message);
}

/**
 * GET lists faults, POST adds one, DELETE clears all, or the one whose id follows in the path.
 * `onChange` takes them to where they act.
 */
export function faultRoute(faults: FaultBook, onChange: () => Promise<void>): PlainRoute {
  return {
    prefix: PREFIX,
    answer: async (request, response) => {
      const id = decodeURIComponent(
        (request.url ?? '').slice(PREFIX.length).split(/[/?]/)[1] ?? '',
      );
      if (request.method === 'GET') return writeJson(response, 200, { faults: faults.list() });
      if (request.method === 'POST') return add({ faults, onChange }, request, response);
      if (request.method !== 'DELETE')
        throw new StatusError('INVALID_ARGUMENT', `${request.method} is not taken here`);
      const cleared = faults.clear(id === '' ? undefined : id);
      if (id !== '' && cleared.length === 0)
        throw new StatusError('NOT_FOUND', `There is no fault ${id}.`);
      await onChange();
      writeJson(response, 200, { cleared });
    },
  };
}

async function add(
  { faults, onChange }: { faults: FaultBook; onChange: () => Promise<void> },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { data, error } = faultSchema.safeParse(await readJsonBody(request));
  if (!data) {
    const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new StatusError('INVALID_ARGUMENT', problems.join('; '));
  }
  const fault = faults.add(data);
  await onChange();
  writeJson(response, 200, fault);
}
