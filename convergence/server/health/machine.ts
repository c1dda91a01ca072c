import { statfs } from 'node:fs/promises';
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { DetailedHealthAnswer } from '../api/contract/health.ts';

type Machine = Pick<DetailedHealthAnswer, 'uptime_seconds' | 'cpu' | 'memory' | 'disk'>;

/** State of this process and its machine; `disk` is null where the folder is not there yet. */
export async function readMachine(dataFolder: string): Promise<Machine> {
  const uptimeSeconds = process.uptime();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    uptime_seconds: round(uptimeSeconds),
    cpu: {
      cores: availableParallelism(),
      load_1m: round(loadavg()[0] ?? 0),
      process_percent: round(((user + system) / 1e6 / uptimeSeconds) * 100),
    },
    memory: {
      process_rss_bytes: rss,
      heap_used_bytes: heapUsed,
      free_bytes: freemem(),
      total_bytes: totalmem(),
    },
    disk: await readDisk(dataFolder),
  };
}

async function readDisk(folder: string): Promise<Machine['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { free_bytes: bavail * bsize, total_bytes: blocks * bsize };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
