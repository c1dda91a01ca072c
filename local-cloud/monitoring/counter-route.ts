import { AppError } from 'base/error.ts';
import type { Counter, DataPlane } from '../data-plane/data-plane.ts';
import type { PlainRoute } from '../protocol/handler.ts';
import { writeJson } from '../protocol/rest/write-answer.ts';
import { StatusError } from '../protocol/status-error.ts';
import { keyOf } from '../run/resource/resource-name.ts';

const NAME = /^projects\/[^/]+\/locations\/[^/]+\/services\/[^/]+$/;

/** The router's own counters, by second: `{ now, counters }`, with `now` in seconds since 1970. */
export function counterRoute(dataPlane: DataPlane, now: () => Date): PlainRoute {
  return {
    prefix: '/local/v1/counters',
    answer: async (request, response) => {
      const query = new URL(request.url ?? '', 'http://local-cloud').searchParams;
      const service = query.get('service') ?? '';
      if (!NAME.test(service)) throw invalid('service', service, 'a full name of a service');
      const [from, to] = [readSecond(query, 'from'), readSecond(query, 'to')];
      const counters = await readCounters(dataPlane, service, { from, to });
      writeJson(response, 200, { now: now().getTime() / 1000, counters });
    },
  };
}

/** Nothing of a service that the data plane does not serve yet. */
async function readCounters(
  dataPlane: DataPlane,
  service: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly Counter[]> {
  try {
    return await dataPlane.readCounters(keyOf(service), from, to);
  } catch (error) {
    if (error instanceof AppError && error.code === 'service_absent') return [];
    throw error;
  }
}

function readSecond(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw invalid(name, text, 'seconds since 1970');
}

function invalid(name: string, found: string, expected: string): StatusError {
  return new StatusError(
    'INVALID_ARGUMENT',
    `${name} is ${JSON.stringify(found)}: expected ${expected}`,
  );
}
