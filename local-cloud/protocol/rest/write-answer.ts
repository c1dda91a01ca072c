import type { ServerResponse } from 'node:http';
import { StatusError, statusCodes } from '../status-error.ts';

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
  const { code, message, details } = asStatusError(error);
  const { http } = statusCodes[code];
  const shown = details.length === 0 ? {} : { details };
  writeJson(response, http, { error: { code: http, message, status: code, ...shown } });
}

function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StatusError('INTERNAL', `local-cloud's own mistake: ${message}`);
}
