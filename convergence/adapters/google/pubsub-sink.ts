import type { protos, v1 } from '@google-cloud/pubsub';
import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';
import type { EventSink, Outgoing } from '../../engine/event/event-sink.ts';

type ClientOptions = ConstructorParameters<typeof v1.PublisherClient>[0];

/** A sink that opens its client with the first message. */
export interface PubsubSink extends EventSink {
  /**
   * Creates the topic `projects/…/topics/…` when it is absent.
   * @throws delivery_failed
   */
  keepTopic(topic: string): Promise<void>;
  close(): Promise<void>;
}

const CALL = { timeout: 8_000, retry: null };
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

/**
 * Publishes events to topics of Pub/Sub, each run under its own ordering key. The caller sends the
 * next message of a run when the one before has been taken, so that no key is ever blocked behind a
 * failure: the low-level client is used, which keeps no queue of its own.
 */
export function createPubsubSink(options: () => Promise<ClientOptions>): PubsubSink {
  let opening: Promise<v1.PublisherClient> | undefined;
  const open = () => {
    opening ??= openClient(options).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    async send(outgoing, signal) {
      signal.throwIfAborted();
      const client = await open();
      const request = { topic: outgoing.address, messages: [toMessage(outgoing)] };
      try {
        await Promise.race([client.publish(request, CALL), rejectOn(signal)]);
      } catch (error) {
        throw translate(error, outgoing.address);
      }
    },
    async keepTopic(topic) {
      const client = await open();
      try {
        await client.getTopic({ topic }, CALL);
      } catch (error) {
        if (codeOf(error) !== NOT_FOUND) throw translate(error, topic);
        await client.createTopic({ name: topic }, CALL).catch((refused: unknown) => {
          if (codeOf(refused) !== ALREADY_EXISTS) throw translate(refused, topic);
        });
      }
    },
    async close() {
      await (await opening)?.close();
    },
  };
}

async function openClient(options: () => Promise<ClientOptions>): Promise<v1.PublisherClient> {
  const [pubsub, opened] = await Promise.all([import('@google-cloud/pubsub'), options()]);
  return new pubsub.v1.PublisherClient(opened);
}

/** In CloudEvents' structured mode; the attributes are for filters of subscriptions. */
function toMessage({ document, orderingKey }: Outgoing): protos.google.pubsub.v1.IPubsubMessage {
  return {
    data: Buffer.from(JSON.stringify(document)),
    orderingKey,
    attributes: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      id: document.id,
      type: document.type,
      ...whatIsAbout(document),
    },
  };
}

function whatIsAbout({ data }: Outgoing['document']): Record<string, string> {
  if (!('tenant_id' in data)) return {};
  if (!('pipeline_id' in data)) return { tenant: data.tenant_id };
  const { tenant_id: tenant, pipeline_id: pipeline, pipeline_logging_id: run } = data;
  return { tenant, pipeline, run };
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

function translate(error: unknown, topic: string): unknown {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  if (typeof code !== 'number') return error;
  const words = (error as Error).message.replace(/^\d+ [A-Z_]+: /, '');
  return fail('delivery_failed', `Pub/Sub refuses ${topic}: ${words}`, {
    ...(code === NOT_FOUND && { hint: 'POST /api/v1/admin/bootstrap creates the topic.' }),
    cause: error,
  });
}
