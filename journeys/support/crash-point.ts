import type { OnCall } from './watch-calls.ts';

/**
 * Where a process dies: `after queue.startStep`, `before dataset.publish 2` (its second call),
 * `during dataset.publish 2 3ms` (3 ms after it began).
 */
export function crashAt(point: string): OnCall {
  const [when, target, nth = '1', delay = '0ms'] = point.split(' ');
  let calls = 0;
  return (call, perform) => {
    if (call !== target || ++calls !== Number(nth)) return perform();
    if (when === 'before') return die();
    if (when === 'after') return Promise.resolve(perform()).then(die);
    setTimeout(() => void die(), Number.parseInt(delay, 10));
    return perform();
  };
}

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}
