import { createServer } from 'node:http';

/** A service of the journeys: fails a share of its requests, or takes its time. */
const { PORT, K_REVISION = '', ERROR_SHARE = '0', DELAY_MS = '1' } = process.env;
const server = createServer((request, response) => {
  const isHealth = request.url === '/health';
  response.setHeader('x-revision', K_REVISION);
  setTimeout(
    () => {
      response.statusCode = !isHealth && Math.random() < Number(ERROR_SHARE) ? 500 : 200;
      response.end(K_REVISION);
    },
    isHealth ? 0 : Number(DELAY_MS),
  );
});
server.listen(Number(PORT));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
