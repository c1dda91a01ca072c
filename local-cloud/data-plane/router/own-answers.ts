import type { ServerResponse } from 'node:http';

/** What the router answers by itself, in Cloud Run's words where it has some. */
const ANSWERS = {
  notFound: [404, 'The requested URL was not found: no revision serves here.'],
  badRequest: [400, 'The request is malformed.'],
  timeout: [504, 'upstream request timeout'],
  busy: [429, 'Rate exceeded.'],
  failed: [503, 'Service Unavailable: the instance could not start.'],
  connectionFailed: [
    503,
    'Service Unavailable: the response was malformed or the connection to the instance had an error.',
  ],
  fault: [500, 'Internal Server Error: local-cloud was told to err.'],
} as const;

/** Answers in the revision's place; does nothing when the client has left. */
export function answer(response: ServerResponse, name: keyof typeof ANSWERS): void {
  if (response.destroyed || response.writableEnded) return;
  const [status, text] = ANSWERS[name];
  const headers = { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) + 1 };
  response.writeHead(status, headers).end(`${text}\n`);
}
