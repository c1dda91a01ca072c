import { requestOnce } from './one-request.ts';

export interface SteadyOrder {
  readonly url: string;
  readonly connections: number;
  readonly requests: number;
}

/** Answers by status; `error` when none came. */
export type SteadyResult = Readonly<Record<string, number>>;

/** Sends requests one after the other on each connection; every other one has a body. */
async function sendSteadily(order: SteadyOrder): Promise<SteadyResult> {
  const byStatus: Record<string, number> = {};
  let left = order.requests;
  const send = async (): Promise<void> => {
    while (left-- > 0) {
      const outcome = await requestOnce(order.url, left % 2 === 0 ? 'body' : undefined).catch(
        () => 'error',
      );
      byStatus[outcome] = (byStatus[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: order.connections }, send));
  return byStatus;
}

const result = await sendSteadily(JSON.parse(process.argv[2] ?? '') as SteadyOrder);
process.send?.(result, () => process.exit(0));
