import type { ServerResponse } from 'node:http';
import { asStatusError, statusCodes } from '../status-error.ts';

export function writeJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}

/** The error body of Google's APIs (AIP-193); cuts the connection when an answer has begun. */
export function writeError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { code, message, details } = asStatusError(error, 'REST');
  const { http } = statusCodes[code];
  const shown = details.length === 0 ? {} : { details };
  writeJson(response, http, { error: { code: http, message, status: code, ...shown } });
}
