import { createServer } from 'node:http';

/** How a release of the shop answers. Every one of them fails now and then, as services do. */
const RELEASES: Readonly<Record<string, { errorShare: number; medianMs: number }>> = {
  v1: { errorShare: 0.002, medianMs: 8 },
  v2: { errorShare: 0.002, medianMs: 8 },
  v3: { errorShare: 0.05, medianMs: 8 },
  v4: { errorShare: 0.002, medianMs: 16 },
};
const LATENCY_SIGMA = 0.5;

const { PORT = '8080', K_REVISION = 'none', RELEASE = 'v1' } = process.env;
const release = RELEASES[RELEASE];
if (!release) throw new Error(`RELEASE is '${RELEASE}', expected ${Object.keys(RELEASES).join()}`);
const { errorShare, medianMs } = release;

const server = createServer((request, response) => {
  response.setHeader('x-revision', K_REVISION);
  if (request.url === '/health/ready') {
    response.end('{"status":"ready"}');
    return;
  }
  setTimeout(() => {
    response.statusCode = Math.random() < errorShare ? 500 : 200;
    response.end(JSON.stringify({ release: RELEASE, price: 42 }));
  }, lognormalMs());
});

function lognormalMs(): number {
  const normal =
    Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return medianMs * Math.exp(LATENCY_SIGMA * normal);
}

server.listen(Number(PORT));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
