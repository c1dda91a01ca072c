import type { Dispatcher } from 'undici';
import type { Instance } from '../process/instance.ts';
import type { Exchange } from './exchange.ts';
import { requestHeaders, responseHeaders } from './forwarded-headers.ts';
import { answer } from './own-answers.ts';

/**
 * `refused`: the instance took no connection and has seen nothing of the request, which is not
 * answered yet; `broken`: the connection ended before the answer did, and the client was told.
 */
export type RelayEnd = 'done' | 'refused' | 'broken';

/** Sends a request to an instance and its answer to the client, both as streams. */
export function relay(exchange: Exchange, instance: Instance): Promise<RelayEnd> {
  const { request, body } = exchange;
  return new Promise((resolve) => {
    instance.pool.dispatch(
      {
        path: request.url ?? '/',
        method: request.method ?? 'GET',
        headers: requestHeaders(request),
        body,
      },
      new Relay(exchange, resolve),
    );
  });
}

class Relay implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #resolve: (end: RelayEnd) => void;
  #controller: Dispatcher.DispatchController | undefined;

  constructor(exchange: Exchange, resolve: (end: RelayEnd) => void) {
    this.#exchange = exchange;
    this.#resolve = resolve;
    exchange.onAbort = () => this.#onAbort();
  }

  /** Called when the first byte is about to be written to a connection, not before. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#exchange.aborted) controller.abort(new Error(this.#exchange.aborted));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    ...[, statusMessage = '']: [unknown, string?]
  ): void {
    if (statusCode < 200) return;
    const raw = (controller.rawHeaders ?? []) as (Buffer | string)[];
    this.#exchange.response.writeHead(statusCode, statusMessage, responseHeaders(raw));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#exchange;
    if (response.write(chunk)) return;
    controller.pause();
    response.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    this.#exchange.response.end();
    this.#resolve('done');
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#exchange.aborted) return this.#resolve('done');
    if (!this.#controller && isRefusal(error)) return this.#resolve('refused');
    this.#fail(isBadRequest(error) ? 'badRequest' : 'connectionFailed');
    this.#resolve(isBadRequest(error) ? 'done' : 'broken');
  }

  /** The client has left, or the time of the request is over. */
  #onAbort(): void {
    this.#controller?.abort(new Error(this.#exchange.aborted));
    this.#fail('timeout');
    this.#resolve('done');
  }

  #fail(name: Parameters<typeof answer>[1]): void {
    const { response } = this.#exchange;
    if (response.headersSent) {
      this.#exchange.brokenStatus = name === 'timeout' ? 504 : 503;
      response.destroy();
    } else {
      answer(response, name);
    }
  }
}

function isRefusal(error: Error): boolean {
  // A pool that was destroyed is that of an instance which has just ended.
  const { code = '' } = error as NodeJS.ErrnoException;
  return ['ECONNREFUSED', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED'].includes(code);
}

function isBadRequest(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'UND_ERR_INVALID_ARG';
}
