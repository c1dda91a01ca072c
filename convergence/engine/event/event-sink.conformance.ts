import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventSink, Outgoing } from './event-sink.ts';
import { toEventDocument } from './event-document.ts';

export interface SinkHarness {
  readonly sink: EventSink;
  readonly address: string;
  /** Texts of the messages that the receiver has confirmed, in their order. */
  readonly confirmed: () => readonly string[];
  /** From now on the receiver refuses, or takes again. */
  readonly refuse: (isRefusing: boolean) => void | Promise<void>;
}

const RUN = '01990000-0000-7000-8000-000000000001';

function outgoing(id: number, address: string): Outgoing {
  const event = {
    id,
    at: new Date(0),
    tenantId: 'acme',
    pipelineId: 'orders',
    runId: RUN,
    triggerBy: 'test',
    step: null,
    attempt: null,
    code: 'dq_failed',
    status: 'FAILED' as const,
    message: `message ${id}`,
  };
  const document = toEventDocument(event, undefined);
  const notice = { subject: `notice ${id}`, lines: [event.message] };
  return { id: document.id, orderingKey: RUN, address, secret: null, document, notice };
}

/** What every sink must do. */
export function eventSinkConformance(name: string, open: () => Promise<SinkHarness>): void {
  describe(`sink ${name}`, () => {
    const signal = () => AbortSignal.timeout(5_000);

    test('what was sent has been confirmed, in order', async () => {
      const { sink, address, confirmed } = await open();
      for (const id of [1, 2, 3]) await sink.send(outgoing(id, address), signal());
      const ids = confirmed().map((text) => /message (\d)/.exec(text)?.[1]);
      assert.deepEqual(ids, ['1', '2', '3']);
    });

    test('what was refused fails, and sent again it is the same message', async () => {
      const { sink, address, confirmed, refuse } = await open();
      await refuse(true);
      await assert.rejects(sink.send(outgoing(4, address), signal()), { code: 'delivery_failed' });
      assert.deepEqual(confirmed(), []);
      await refuse(false);
      await sink.send(outgoing(4, address), signal());
      await sink.send(outgoing(4, address), signal());
      const texts = confirmed();
      assert.equal(texts.length, 2);
      assert.equal(texts[0], texts[1]);
    });

    test('a message that takes too long is ended', async () => {
      const { sink, address } = await open();
      const ended = AbortSignal.abort(new Error('too long'));
      await assert.rejects(sink.send(outgoing(5, address), ended));
    });
  });
}
