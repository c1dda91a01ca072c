import type { Clock } from 'base/clock.ts';
import { applyPaths } from '../../protocol/apply-paths.ts';
import type { Handler } from '../../protocol/handler.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { readPage } from '../../protocol/read-page.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { fillQueue, refuseBadQueueName, renderQueue } from './queue.ts';
import type { KeptQueue } from './queue.ts';
import type { TaskRunner } from './task-runner.ts';
import type { TaskStore } from './task-store.ts';

export interface TaskDeps {
  readonly store: TaskStore;
  readonly runner: TaskRunner;
  readonly clock: Clock;
}

type Sent = Readonly<Record<string, unknown>> & { readonly name?: string };

interface Named {
  readonly name: string;
}

export function serveQueues(deps: TaskDeps): Readonly<Record<string, Handler>> {
  const { store, runner, clock } = deps;
  return {
    CreateQueue: async ({ parent, queue }: { parent: string; queue: Sent }) => {
      const { name = '', ...sent } = queue;
      refuseBadQueueName(name, parent);
      if (store.queue(name)) throw new StatusError('ALREADY_EXISTS', 'Queue already exists');
      return write(deps, { name, wanted: fillQueue(sent), state: 'RUNNING' });
    },
    // "Creates the queue if it does not exist" (cloudtasks.proto).
    UpdateQueue: async ({ queue, updateMask }: { queue: Sent; updateMask?: string }) => {
      const { name = '', ...sent } = queue;
      const before = store.queue(name);
      const wanted = fillQueue(applyPaths({ ...before?.wanted }, sent, updateMask));
      return write(deps, { name, state: 'RUNNING', ...before, wanted });
    },
    GetQueue: async ({ name }: Named) => renderQueue(requireQueue(store, name)),
    ListQueues: async ({ parent, ...page }: PageRequest & { parent: string }) => {
      const ours = store.queues().filter(({ name }) => name.startsWith(`${parent}/queues/`));
      const sorted = ours.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const { items, ...more } = readPage(sorted, page);
      return { queues: items.map(renderQueue), ...more };
    },
    DeleteQueue: async ({ name }: Named) => {
      store.deleteQueue(requireQueue(store, name).name);
      runner.forgetRate(name);
      return {};
    },
    PurgeQueue: async ({ name }: Named) => {
      const queue = requireQueue(store, name);
      const now = clock.now();
      store.endTasks(
        store.tasks(name).map((task) => task.name),
        now,
      );
      return write(deps, { ...queue, purgeTime: now.toISOString() });
    },
    PauseQueue: async ({ name }: Named) =>
      write(deps, { ...requireQueue(store, name), state: 'PAUSED' }),
    ResumeQueue: async ({ name }: Named) =>
      write(deps, { ...requireQueue(store, name), state: 'RUNNING' }),
  };
}

function write({ store, runner }: TaskDeps, queue: KeptQueue): object {
  store.writeQueue(queue);
  runner.forgetRate(queue.name);
  return renderQueue(queue);
}

export function requireQueue(store: TaskStore, name: string): KeptQueue {
  const queue = store.queue(name);
  if (queue) return queue;
  throw new StatusError('NOT_FOUND', 'Queue does not exist.');
}
