import type { Dispatcher } from 'undici';
import type { Clock } from 'base/clock.ts';
import type { EventSink } from '../../engine/event/event-sink.ts';
import { postJson } from './post-json.ts';
import { signWebhook } from './signature.ts';

/** POSTs events in CloudEvents' structured mode, signed as Standard Webhooks. */
export function createWebhookSink(deps: {
  readonly agent: Dispatcher;
  readonly clock: Pick<Clock, 'now'>;
}): EventSink {
  return {
    async send({ id, address, secret, document }, signal) {
      const body = JSON.stringify(document);
      const headers = {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        ...signWebhook({ id, body, at: deps.clock.now() }, secret),
      };
      await postJson(deps.agent, { url: address, headers, body }, signal);
    },
  };
}
