import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { liftMessageLimit } from './lift-message-limit.ts';

/**
 * Runs the server and ends it when our end of its standard input closes, so that a kill -9 of this
 * process leaves no orphan.
 */
const GUARDED = `exec 3<&0
"$0" "$@" </dev/null >/dev/null 2>&1 &
server=$!
(read -r _ <&3; kill -9 "$server") 2>/dev/null &
wait "$server"`;

export interface ServerProcess {
  /** `localhost:PORT` */
  readonly address: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** The folder of the analyzer's programs and protos; null when the package is not installed. */
export function findZetaSql(): string | null {
  try {
    const main = createRequire(import.meta.url).resolve('@fivetrandevelopers/zetasql');
    return join(dirname(main), 'zetasql');
  } catch {
    return null;
  }
}

/** @throws Error when there is no program for this machine */
export async function startServerProcess(folder: string): Promise<ServerProcess> {
  const program = join(folder, programName());
  if (!existsSync(program)) throw new Error(`ZetaSQL has no program for this machine: ${program}`);
  const port = await findFreePort();
  const child = spawn('sh', ['-c', GUARDED, program, 'localhost', String(port)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin?.on('error', () => undefined);
  if (child.pid !== undefined) await liftMessageLimit(child.pid, realpathSync(program));
  return {
    address: `localhost:${port}`,
    child,
    async stop() {
      const ended = child.exitCode === null && child.signalCode === null && once(child, 'exit');
      child.stdin?.destroy();
      await ended;
    },
  };
}

function programName(): string {
  const machine = process.arch.startsWith('arm') ? '_arm' : '';
  return `remote_server${machine}${process.platform === 'darwin' ? '' : '.so'}`;
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
