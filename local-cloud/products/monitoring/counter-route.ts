import { AppError } from 'base/error.ts';
import type { Clock } from 'base/clock.ts';
import type { Counter, DataPlane } from '../../data-plane/data-plane.ts';
import type { PlainRoute } from '../../protocol/handler.ts';
import { writeJson } from '../../protocol/rest/write-answer.ts';
import { StatusError } from '../../protocol/status-error.ts';

export interface CounterDeps {
  readonly dataPlane: Pick<DataPlane, 'readCounters'>;
  /** How late the counters of a revision are; Infinity: they never come. */
  readonly faults: { metricsDelayMs(serviceName: string, revision: string): number };
  readonly clock: Pick<Clock, 'now'>;
}

interface Asked {
  readonly service: string;
  readonly from: number;
  readonly to: number;
}

const NAME = /^projects\/([^/]+)\/locations\/([^/]+)\/services\/([^/]+)$/;

/** The router's own counters, by second: `{ now, counters }`, with `now` in seconds since 1970. */
export function counterRoute(deps: CounterDeps): PlainRoute {
  return {
    prefix: '/local/v1/counters',
    answer: async (request, response) => {
      const query = new URL(request.url ?? '', 'http://local-cloud').searchParams;
      const service = query.get('service') ?? '';
      const asked = { service, from: readSecond(query, 'from'), to: readSecond(query, 'to') };
      // Before they are read, so that no second is taken for complete that was not.
      const now = deps.clock.now().getTime() / 1000;
      const counters = await countersOf(deps, asked);
      const arrived = counters.filter(({ revision, second }) => {
        const lateSeconds = deps.faults.metricsDelayMs(service, revision) / 1000;
        return lateSeconds === 0 || second + 1 <= now - lateSeconds;
      });
      writeJson(response, 200, { now, counters: arrived });
    },
  };
}

/** Nothing of a service that the data plane does not serve yet. */
async function countersOf(
  { dataPlane }: CounterDeps,
  { service, from, to }: Asked,
): Promise<readonly Counter[]> {
  const [, project, region, id] = NAME.exec(service) ?? [];
  if (id === undefined) throw invalid('service', service, 'a full name of a service');
  try {
    return await dataPlane.readCounters(`${project}/${region}/${id}`, from, to);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.kind === 'absent') return [];
    throw error.kind === 'transient' ? new StatusError('UNAVAILABLE', error.message) : error;
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
