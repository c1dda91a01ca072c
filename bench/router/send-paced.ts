import { requestOnce } from './one-request.ts';

export interface PacedOrder {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Latencies in ms. */
export type PacedResult = readonly number[];

/** Time for connections to open and code to become fast; not measured. */
const WARM_UP = 0.2;

/** Sends requests at an even pace, whatever becomes of those before. */
async function sendPaced({ url, perSecond, seconds }: PacedOrder): Promise<PacedResult> {
  const latencies: number[] = [];
  const running: Promise<void>[] = [];
  const startedAtMs = performance.now();
  const total = perSecond * seconds;
  const send = async (nr: number): Promise<void> => {
    const sentAtMs = performance.now();
    const status = await requestOnce(url);
    if (status !== 200) throw new Error(`${url} answered ${status}`);
    if (nr > total * WARM_UP) latencies.push(performance.now() - sentAtMs);
  };
  for (let nr = 0; nr < total;) {
    await new Promise((done) => setTimeout(done, 1));
    const due = Math.min(total, ((performance.now() - startedAtMs) / 1000) * perSecond);
    while (nr < due) running.push(send(nr++));
  }
  await Promise.all(running);
  return latencies;
}

const result = await sendPaced(JSON.parse(process.argv[2] ?? '') as PacedOrder);
process.send?.(result, () => process.exit(0));
