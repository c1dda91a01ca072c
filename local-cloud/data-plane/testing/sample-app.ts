import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * A service for tests. It says who it is; `?sleep=` makes it slow, `?status=` sets the status,
 * `?crash` ends it; POST sends the body back. BOOT_MS delays its listening, STUBBORN=1 makes it deaf to SIGTERM.
 */
const { PORT, K_SERVICE, K_REVISION, K_CONFIGURATION, GREETING, BOOT_MS, STUBBORN } = process.env;

const server = createServer((request, response) => {
  void (async () => {
    const url = new URL(request.url ?? '/', 'http://local');
    if (url.searchParams.has('crash')) process.exit(3);
    await wait(Number(url.searchParams.get('sleep') ?? 0));
    response.statusCode = Number(url.searchParams.get('status') ?? 200);
    if (request.method === 'POST') return request.pipe(response);
    const who = { K_SERVICE, K_REVISION, K_CONFIGURATION, GREETING, pid: process.pid };
    return response.end(JSON.stringify({ ...who, headers: request.headers }));
  })();
});

process.on('SIGTERM', () => {
  console.log('SIGTERM');
  if (STUBBORN === undefined) server.close(() => process.exit(0));
});
await wait(Number(BOOT_MS ?? 0));
server.listen(Number(PORT), '127.0.0.1');
