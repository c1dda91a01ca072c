import { createServer } from 'node:http';

/** The revision behind the router: as small as a service can be. `/port` is for a direct client. */
const { PORT } = process.env;

createServer((request, response) => {
  const body = request.url === '/port' ? String(PORT) : 'hello\n';
  request.resume();
  response.writeHead(200, { 'content-length': body.length }).end(body);
}).listen(Number(PORT), '127.0.0.1');
