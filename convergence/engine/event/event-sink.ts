import type { EventDocument } from './event-document.ts';
import type { Notice } from './notice.ts';

export type SinkKind = 'webhook' | 'slack' | 'email' | 'pubsub';

/** One event on its way to one sink. */
export interface Outgoing {
  /** The same each time it is sent, and not that of another event. */
  readonly id: string;
  /** Messages with the same key are sent one after the other, in order. */
  readonly orderingKey: string;
  /** A URL, mail addresses with commas between, or a topic. */
  readonly address: string;
  /** Under which the message is signed; null: it is not. */
  readonly secret: string | null;
  readonly document: EventDocument | TestDocument;
  /** The same in words, for people. */
  readonly notice: Notice;
}

/** What a test of a sink sends in place of an event. */
export interface TestDocument {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: 'convergence.test';
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: { readonly version: 1; readonly message: string };
}

/** Takes messages to receivers of one kind. */
export interface EventSink {
  /**
   * Resolves once the receiver has confirmed the message. Sending it again sends the same. Messages of
   * errors name neither the path of an address nor a secret: they are shown.
   * @throws delivery_failed, with `details.retryAfterMs` where the receiver says when to come again;
   *   the reason of the signal
   */
  send(outgoing: Outgoing, signal: AbortSignal): Promise<void>;
}

export type EventSinks = Readonly<Record<SinkKind, EventSink>>;
