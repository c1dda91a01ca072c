import type { Clock } from 'base/clock.ts';
import type { NextId } from 'base/id.ts';
import type { Log } from 'base/log.ts';
import { createAgent } from '../../../adapters/http/guarded-connect.ts';
import type { ControlDatabase } from '../../../adapters/postgres/control-database.ts';
import { PostgresEventFeed } from '../../../adapters/postgres/event/event-feed.ts';
import { PostgresEventOutbox } from '../../../adapters/postgres/event/event-outbox.ts';
import { PostgresSinkStore } from '../../../adapters/postgres/event/sink-store.ts';
import { createPubsubSink } from '../../../adapters/google/pubsub-sink.ts';
import { createSmtpSink } from '../../../adapters/smtp/smtp-sink.ts';
import { createWebhookSecret } from '../../../adapters/webhook/signature.ts';
import { createSlackSink } from '../../../adapters/webhook/slack-sink.ts';
import { createWebhookSink } from '../../../adapters/webhook/webhook-sink.ts';
import { fail } from '../../../engine/error-codes.ts';
import { sendTest } from '../../../engine/event/deliver.ts';
import type { SecretBox } from '../../../engine/event/secret-box.ts';
import type { RunStore } from '../../../engine/run/run-store.ts';
import type { ConfigStore } from '../../../engine/pipeline/config-store.ts';
import type { SecretStore } from '../../../engine/tenant/secret-store.ts';
import type { ApiDeps } from '../../api/api-deps.ts';
import { featuresOf } from '../../settings/features.ts';
import type { Settings } from '../../settings/settings.ts';
import type { RelayDeps } from './event-relay.ts';
import { pubsubOptions, topicOf } from './topic.ts';

export interface EventWiring {
  readonly api: Pick<ApiDeps, 'events' | 'sinks' | 'webhooks'>;
  readonly relay: RelayDeps;
  /** Has the topic of PUBSUB_TOPIC, where one is set, created and told of all events. */
  readonly keepTopic: () => Promise<void>;
  close(): Promise<void>;
}

interface EventNeeds {
  readonly settings: Settings;
  readonly log: Log;
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly nextId: NextId;
  readonly random: () => number;
  readonly runs: RunStore;
  readonly configs: ConfigStore;
  readonly secrets: SecretStore;
}

/** Chooses where events are kept and how they reach their receivers. */
export function wireEvents(database: ControlDatabase, needs: EventNeeds): EventWiring {
  const { settings, box, clock, nextId } = needs;
  const agent = createAgent({
    allowPrivateAddresses: featuresOf(settings).private_webhooks,
    forbidden,
  });
  const email = createSmtpSink({
    url: settings.SMTP_URL ?? null,
    from: settings.SMTP_FROM ?? '',
  });
  const pubsub = createPubsubSink(() => pubsubOptions(settings));
  const sinks = new PostgresSinkStore(database, { clock, nextId });
  const { log, random, runs, configs, secrets } = needs;
  const relay = {
    log,
    clock,
    random,
    runs,
    configs,
    secrets,
    outbox: new PostgresEventOutbox(database, { clock }),
    sinks: {
      webhook: createWebhookSink({ agent, clock }),
      slack: createSlackSink({ agent }),
      email,
      pubsub,
    },
    box,
    publicUrl: settings.PUBLIC_URL,
  };
  return {
    relay,
    api: {
      events: new PostgresEventFeed(database, { clock }),
      sinks,
      webhooks: {
        async createSecret() {
          const secret = createWebhookSecret();
          return { secret, sealed: await box.seal(secret) };
        },
        sendTest: (sink) => sendTest(sink, nextId(), relay),
      },
    },
    async keepTopic() {
      const topic = topicOf(settings);
      if (topic === null) return;
      await sinks.keepTopic(topic);
      await pubsub.keepTopic(topic);
    },
    async close() {
      email.close();
      await pubsub.close();
      await agent.destroy();
    },
  };
}

function forbidden(host: string): Error {
  return fail('sink_address_forbidden', `'${host}' has an address that is not public`, {
    hint: 'The operator allows private ones with ALLOW_PRIVATE_WEBHOOKS=true.',
  });
}
