import { randomBytes } from 'node:crypto';
import type { Clock } from 'base/clock.ts';
import type { Product } from '../../control-plane/product.ts';
import type { Records } from '../../control-plane/records.ts';
import type { Handler } from '../../protocol/handler.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { readPage } from '../../protocol/read-page.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { requireQueue, serveQueues } from './serve-queues.ts';
import type { TaskDeps } from './serve-queues.ts';
import { fillTask, refuseBadTaskName, renderTask } from './task.ts';
import type { KeptTask } from './task.ts';
import { TaskRunner } from './task-runner.ts';
import { TaskStore } from './task-store.ts';

interface Viewed {
  readonly responseView?: string;
}

interface Named extends Viewed {
  readonly name: string;
}

interface CreateRequest extends Viewed {
  readonly parent: string;
  readonly task: Readonly<Record<string, unknown>> & { readonly name?: string };
}

/** Cloud Tasks: HTTP requests that are sent once they are due, until one succeeds. */
export function openTasks({ records, clock }: { records: Records; clock: Clock }): Product {
  const store = new TaskStore(records);
  const runner = new TaskRunner({ store, clock });
  const deps = { store, runner, clock };
  return {
    protos: { '@google-cloud/tasks': ['google/cloud/tasks/v2/cloudtasks.proto'] },
    handlers: {
      'google.cloud.tasks.v2.CloudTasks': { ...serveQueues(deps), ...serveTasks(deps) },
    },
    resume: () => runner.resume(),
    close: () => runner.close(),
  };
}

function serveTasks(deps: TaskDeps): Readonly<Record<string, Handler>> {
  const { store, runner, clock } = deps;
  return {
    CreateTask: async (request: CreateRequest) => create(deps, request),
    GetTask: async ({ name, responseView }: Named) =>
      renderTask(requireTask(store, name), responseView),
    ListTasks: async ({
      parent,
      responseView,
      ...page
    }: PageRequest & Viewed & { parent: string }) => {
      const tasks = store.tasks(requireQueue(store, parent).name);
      const sorted = tasks.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const { items, ...more } = readPage(sorted, page);
      return { tasks: items.map((task) => renderTask(task, responseView)), ...more };
    },
    DeleteTask: async ({ name }: Named) => {
      store.endTasks([requireTask(store, name).name], clock.now());
      runner.wake();
      return {};
    },
    RunTask: async ({ name, responseView }: Named) =>
      renderTask(runner.force(requireTask(store, name)), responseView),
  };
}

function create({ store, runner, clock }: TaskDeps, request: CreateRequest): object {
  const { parent, task, responseView } = request;
  const queue = requireQueue(store, parent);
  const { name = `${parent}/tasks/${randomBytes(10).toString('hex')}`, ...sent } = task;
  refuseBadTaskName(name, queue.name);
  const now = clock.now();
  if (store.isNameTaken(name, now))
    throw new StatusError(
      'ALREADY_EXISTS',
      'The task cannot be created because a task with this name existed too recently.',
    );
  const kept = fillTask(name, sent, now);
  store.writeTask(kept);
  runner.wake();
  return renderTask(kept, responseView);
}

function requireTask(store: TaskStore, name: string): KeptTask {
  const task = store.task(name);
  if (task) return task;
  throw new StatusError('NOT_FOUND', 'The task was not found.');
}
