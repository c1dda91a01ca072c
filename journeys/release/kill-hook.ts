import { CloudRunPlatform } from '../../rollout/adapters/cloud-run/platform.ts';
import { BucketJournalStore } from '../../rollout/adapters/journal/journal-store.ts';

/**
 * Preloaded into the command line: ends it with SIGKILL at one of its calls, as `before begin 2`
 * or `after append 7` in KILL_AT says, and tells at a calm end how many calls there were.
 */
const { KILL_AT = '' } = process.env;
const counts = { begin: 0, finish: 0, append: 0 };

watch(CloudRunPlatform.prototype, 'begin');
watch(CloudRunPlatform.prototype, 'finish');
watch(BucketJournalStore.prototype, 'append');
process.on('exit', () => process.stderr.write(`calls ${JSON.stringify(counts)}\n`));

function watch<Name extends keyof typeof counts>(
  prototype: { [name in Name]: (...args: never[]) => Promise<unknown> },
  name: Name,
): void {
  const perform = prototype[name];
  const watched = async function (this: unknown, ...args: never[]): Promise<unknown> {
    counts[name]++;
    dieAt(`before ${name} ${counts[name]}`);
    const count = counts[name];
    const result = await perform.apply(this, args);
    dieAt(`after ${name} ${count}`);
    return result;
  };
  Object.assign(prototype, { [name]: watched });
}

function dieAt(point: string): void {
  if (point === KILL_AT) process.kill(process.pid, 'SIGKILL');
}
