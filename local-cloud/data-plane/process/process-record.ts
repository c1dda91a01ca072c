import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess } from './end-process.ts';

interface ProcessRecord {
  readonly pid: number;
  readonly identity: string;
}

/** Notes on disk which processes run, so that the next data plane can end what a dead one left. */
export class ProcessRecords {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, 'processes');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** At once and synchronously: what is not noted would outlive a killed data plane. */
  add(instance: string, pid: number): void {
    const identity = identifyProcess(pid);
    if (identity === undefined) return;
    const record: ProcessRecord = { pid, identity };
    writeFileSync(this.#fileOf(instance), JSON.stringify(record));
  }

  remove(instance: string): void {
    rmSync(this.#fileOf(instance), { force: true });
  }

  /** What a dead data plane left behind: taken before this one adds its own. */
  takeLeftovers(): { end(graceMs: number): Promise<void> } {
    const names = readdirSync(this.#folder);
    const end = async (graceMs: number): Promise<void> => {
      await Promise.all(names.map((name) => endLeftover(join(this.#folder, name), graceMs)));
    };
    return { end };
  }

  #fileOf(instance: string): string {
    return join(this.#folder, `${instance}.json`);
  }
}

async function endLeftover(file: string, graceMs: number): Promise<void> {
  const record = parseRecord(readFileSync(file, 'utf8'));
  const isSame = () => record !== undefined && identifyProcess(record.pid) === record.identity;
  if (record && isSame()) await endProcess({ pid: record.pid, isRunning: isSame, graceMs });
  rmSync(file, { force: true });
}

function parseRecord(text: string): ProcessRecord | undefined {
  try {
    return JSON.parse(text) as ProcessRecord;
  } catch {
    // Written halfway when the machine stopped: its processes are gone too.
    return undefined;
  }
}

/**
 * Tells a process from a later one with the same id: by when it was started, in ticks since this
 * boot where there is /proc (proc(5), field 22 of stat), by `ps` elsewhere.
 */
function identifyProcess(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') return startTimeByPs(pid);
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses and may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startedAt] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${startedAt}`;
  } catch {
    return undefined;
  }
}

function startTimeByPs(pid: number): string {
  return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
}
