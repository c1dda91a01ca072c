import type { Dispatcher } from 'undici';
import type { EventSink } from '../../engine/event/event-sink.ts';
import { postJson } from './post-json.ts';

/** POSTs notices to incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function createSlackSink({ agent }: { readonly agent: Dispatcher }): EventSink {
  return {
    async send({ address, notice }, signal) {
      const text = [`*${escape(notice.subject)}*`, ...notice.lines.map(escape)].join('\n');
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      await postJson(agent, { url: address, headers, body: JSON.stringify({ text }) }, signal);
    },
  };
}

/** The three characters with a meaning in Slack's text. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
