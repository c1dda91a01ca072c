import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * A service for tests, told by environment: BOOT_MS delays its listening, STUBBORN makes it deaf to
 * SIGTERM. It says who it is. POST sends the body back; `?sleep=` ms makes it slow, `?status=` sets
 * the status, `?crash` ends it, `?sick` makes `/health` fail from then on.
 */
const { PORT, K_SERVICE, K_REVISION, K_CONFIGURATION, GREETING, BOOT_MS, STUBBORN } = process.env;
const who = { K_SERVICE, K_REVISION, K_CONFIGURATION, GREETING, pid: process.pid };
let isSick = false;

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://app');
  if (searchParams.has('crash')) process.exit(3);
  isSick ||= searchParams.has('sick');
  await wait(Number(searchParams.get('sleep') ?? 0));
  const isUnhealthy = pathname === '/health' && isSick;
  response.statusCode = isUnhealthy ? 503 : Number(searchParams.get('status') ?? 200);
  if (request.method === 'POST') request.pipe(response);
  else response.end(JSON.stringify({ ...who, headers: request.headers }));
}

const server = createServer((request, response) => void respond(request, response));
// Echoes what comes after the change of protocol.
server.on('upgrade', (_request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.pipe(socket);
});

process.on('SIGTERM', () => {
  process.stdout.write('told to end\n');
  if (STUBBORN === undefined) server.close(() => process.exit(0));
});
await wait(Number(BOOT_MS ?? 0));
server.listen(Number(PORT), '127.0.0.1');
