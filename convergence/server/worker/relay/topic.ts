import { fail } from '../../../engine/error-codes.ts';
import type { GrpcOptions } from '../../settings/google-options.ts';
import { googleOptions } from '../../settings/google-options.ts';
import type { Settings } from '../../settings/settings.ts';

/** The topic of Pub/Sub that takes the events of all tenants; null: there is none. */
export function topicOf({ PUBSUB_TOPIC, GCP_PROJECT_ID }: Settings): string | null {
  if (!PUBSUB_TOPIC) return null;
  return PUBSUB_TOPIC.includes('/')
    ? PUBSUB_TOPIC
    : `projects/${GCP_PROJECT_ID}/topics/${PUBSUB_TOPIC}`;
}

/**
 * Of Pub/Sub's clients; its emulator takes calls without credentials.
 * @throws delivery_failed where no topic is set: an earlier process may have kept one
 */
export async function pubsubOptions(settings: Settings): Promise<GrpcOptions> {
  if (topicOf(settings) === null)
    throw fail('delivery_failed', 'PUBSUB_TOPIC is not set any more', {
      hint: '`convergence webhook remove pubsub` ends what waits for it.',
    });
  const { PUBSUB_EMULATOR_HOST: emulator } = settings;
  if (emulator === undefined) return (await googleOptions(settings)).grpc;
  const { hostname: apiEndpoint, port } = new URL(`http://${emulator}`);
  const { credentials } = await import('@grpc/grpc-js');
  const clientOptions = { universeDomain: 'googleapis.com' };
  return { apiEndpoint, port: Number(port), sslCreds: credentials.createInsecure(), clientOptions };
}
