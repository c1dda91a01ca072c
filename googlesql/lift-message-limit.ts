import { open, readFile, readlink } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * `jne; mov ebx, 4 MiB`: gRPC's default of `grpc.max_receive_message_length` in version 1.13.0 for
 * Linux on x86-64. The server has no option for it, and tables come to it in one message.
 */
const PLACE = Buffer.from('751dbb00004000', 'hex');
const BEFORE_LIMIT = 3;
const LIMIT = Buffer.from('ffffff7f', 'hex');
const WAIT_MS = 2;
const TRIES = 1000;

/**
 * Has the running server take messages of 2 GiB: the number is changed in its memory. Where that
 * cannot be done (another system, another version) it stays at 4 MiB, and longer ones are refused.
 */
export async function liftMessageLimit(shellPid: number, program: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const place = (await readFile(program)).indexOf(PLACE);
  const pid = place === -1 ? null : await findServer(shellPid, program);
  if (pid === null) return;
  try {
    const memory = await open(`/proc/${pid}/mem`, 'r+');
    const base = await startOfProgram(pid, program);
    await memory.write(LIMIT, 0, LIMIT.length, base + place + BEFORE_LIMIT);
    await memory.close();
  } catch {
    // A system that lets nobody write there.
  }
}

/** The child of the shell that runs the program. */
async function findServer(shellPid: number, program: string): Promise<string | null> {
  for (let tries = 0; tries < TRIES; tries++) {
    const children = await readFile(`/proc/${shellPid}/task/${shellPid}/children`, 'utf8').catch(
      () => '',
    );
    for (const pid of children.split(' ').filter(Boolean)) {
      if ((await readlink(`/proc/${pid}/exe`).catch(() => '')) === program) return pid;
    }
    await wait(WAIT_MS);
  }
  return null;
}

/** The first line is where its file begins in memory. */
async function startOfProgram(pid: string, program: string): Promise<number> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  const first = maps.split('\n').find((line) => line.endsWith(program)) ?? '';
  return Number.parseInt(first, 16);
}
