import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { PostgresLeavingStore } from '../../convergence/adapters/postgres/tenant/offboard/leaving-store.ts';
import { PostgresTenantStore } from '../../convergence/adapters/postgres/tenant/tenant-store.ts';

/**
 * Preloaded into the command line: ends it with SIGKILL at what KILL_AT names, as
 * `before rename runs.json` (the file that appears) or `after deleteTenant`.
 */
const { KILL_AT = '' } = process.env;

type Perform = (this: unknown, ...args: unknown[]) => unknown;

watchFiles(promises, ['rename', 'link', 'rm']);
watchFiles(fs, ['rmSync']);
syncBuiltinESMExports();
watch(PostgresLeavingStore.prototype, 'beginLeaving', () => 'beginLeaving');
watch(PostgresTenantStore.prototype, 'deleteTenant', () => 'deleteTenant');

function watchFiles(module: object, names: readonly string[]): void {
  for (const name of names) {
    const nameOf = (args: unknown[]) => {
      const path = args.findLast((arg) => typeof arg === 'string') as string;
      return `${name} ${basename(path)}`;
    };
    watch(module, name, nameOf);
  }
}

function watch(target: object, name: string, nameOf: (args: unknown[]) => string): void {
  const perform = Reflect.get(target, name) as Perform;
  const watched: Perform = function (...args) {
    dieAt(`before ${nameOf(args)}`);
    const result = perform.apply(this, args);
    if (!(result instanceof Promise)) {
      dieAt(`after ${nameOf(args)}`);
      return result;
    }
    return result.then((given: unknown) => {
      dieAt(`after ${nameOf(args)}`);
      return given;
    });
  };
  Object.assign(target, { [name]: watched });
}

function dieAt(point: string): void {
  if (point === KILL_AT) process.kill(process.pid, 'SIGKILL');
}
