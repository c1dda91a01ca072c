import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';

/** Why an exchange ends before its answer does. */
export type Abort = 'timeout' | 'left';

/** What is counted for a client that left before its answer came; nginx made it up. */
const CLIENT_LEFT = 499;

/** One request of a client and the answer to it. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /**
   * Null when there is none. A stream of its own: when an instance answers before it has read the
   * body, this one is destroyed, and not the client's connection with the answer on it.
   */
  readonly body: PassThrough | null;
  aborted: Abort | undefined;
  /** Called once when the exchange is aborted; whoever has the exchange in hand sets it. */
  onAbort: (() => void) | undefined;
  /** Broken off in the middle; counts instead of the status that was sent. */
  brokenStatus: number | undefined;
  #timer: NodeJS.Timeout;

  constructor(request: IncomingMessage, response: ServerResponse, timeoutMs: number) {
    this.request = request;
    this.response = response;
    this.body = hasBody(request) ? request.pipe(new PassThrough()) : null;
    this.#timer = setTimeout(() => this.#abort('timeout'), timeoutMs);
    // Both also break for reasons that are known elsewhere; without a listener that ends the process.
    response.on('error', () => {});
    this.body?.on('error', () => {});
    response.once('close', () => {
      if (!response.writableFinished) this.#abort('left');
    });
  }

  /** As it counts. */
  get status(): number {
    if (this.aborted === 'left') return CLIENT_LEFT;
    return this.brokenStatus ?? this.response.statusCode;
  }

  /** Nothing more is done for it. */
  close(): void {
    clearTimeout(this.#timer);
    this.onAbort = undefined;
  }

  #abort(reason: Abort): void {
    if (this.aborted || this.response.writableEnded) return;
    this.aborted = reason;
    this.onAbort?.();
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
