import type { RecordChange, Records } from '../../control-plane/records.ts';
import type { KeptQueue } from './queue.ts';
import { queueOf } from './task.ts';
import type { KeptTask } from './task.ts';

const QUEUE = 'tasks.queue';
const TASK = 'tasks.task';
const GONE = 'tasks.gone';
/** "Can't be created for ~1hour after the original task was deleted or executed" (cloudtasks.proto). */
const NAME_KEPT_MS = 3_600_000;

interface Gone {
  readonly name: string;
  readonly atMs: number;
}

/** Queues, their tasks, and the names that are not free again: in memory, and first on disk. */
export class TaskStore {
  readonly #records: Records;
  readonly #queues: Map<string, KeptQueue>;
  readonly #tasks = new Map<string, Map<string, KeptTask>>();
  readonly #gone: Map<string, Gone>;

  constructor(records: Records) {
    this.#records = records;
    this.#queues = byName(records.list<KeptQueue>(QUEUE));
    this.#gone = byName(records.list<Gone>(GONE));
    for (const task of records.list<KeptTask>(TASK))
      this.#of(queueOf(task.name)).set(task.name, task);
  }

  queues(): readonly KeptQueue[] {
    return [...this.#queues.values()];
  }

  queue(name: string): KeptQueue | undefined {
    return this.#queues.get(name);
  }

  writeQueue(queue: KeptQueue): void {
    this.#records.write([{ kind: QUEUE, name: queue.name, value: queue }]);
    this.#queues.set(queue.name, queue);
  }

  deleteQueue(name: string): void {
    const tasks = this.tasks(name).map((task) => ({ kind: TASK, name: task.name, value: null }));
    this.#records.write([{ kind: QUEUE, name, value: null }, ...tasks]);
    this.#queues.delete(name);
    this.#tasks.delete(name);
  }

  tasks(queue: string): readonly KeptTask[] {
    return [...(this.#tasks.get(queue)?.values() ?? [])];
  }

  task(name: string): KeptTask | undefined {
    return this.#tasks.get(queueOf(name))?.get(name);
  }

  writeTask(task: KeptTask): void {
    this.#records.write([{ kind: TASK, name: task.name, value: task }]);
    this.#of(queueOf(task.name)).set(task.name, task);
  }

  /** Their names stay taken for an hour. */
  endTasks(names: readonly string[], now: Date): void {
    const atMs = now.getTime();
    const stale = [...this.#gone.values()].filter((one) => one.atMs + NAME_KEPT_MS <= atMs);
    const changes: RecordChange[] = [
      ...stale.map(({ name }) => ({ kind: GONE, name, value: null })),
      ...names.flatMap((name) => [
        { kind: TASK, name, value: null },
        { kind: GONE, name, value: { name, atMs } },
      ]),
    ];
    this.#records.write(changes);
    for (const { name } of stale) this.#gone.delete(name);
    for (const name of names) {
      this.#of(queueOf(name)).delete(name);
      this.#gone.set(name, { name, atMs });
    }
  }

  isNameTaken(name: string, now: Date): boolean {
    const gone = this.#gone.get(name);
    return (
      this.task(name) !== undefined ||
      (gone !== undefined && gone.atMs + NAME_KEPT_MS > now.getTime())
    );
  }

  #of(queue: string): Map<string, KeptTask> {
    const tasks = this.#tasks.get(queue) ?? new Map<string, KeptTask>();
    this.#tasks.set(queue, tasks);
    return tasks;
  }
}

function byName<T extends { readonly name: string }>(all: readonly T[]): Map<string, T> {
  return new Map(all.map((one) => [one.name, one]));
}
