import type { Storage } from '@google-cloud/storage';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { fail } from '../../engine/error-codes.ts';

/** How Google's gRPC clients are opened. No interface: those do not fit their index signature. */
export type GrpcOptions =
  | {
      readonly apiEndpoint: string;
      readonly port: number;
      readonly sslCreds: ChannelCredentials;
      readonly clientOptions: { readonly universeDomain: string };
    }
  | { readonly auth: Storage['authClient'] };

/**
 * Options for an endpoint without TLS that asks for no credentials, such as `127.0.0.1:8080` of
 * local-cloud; null for Google itself with Application Default Credentials.
 * @throws platform_denied when there are none
 */
export async function grpcOptions(endpoint: string | null): Promise<GrpcOptions> {
  if (endpoint === null) return { auth: await findCredentials() };
  const { credentials } = await import('@grpc/grpc-js');
  const { hostname, port } = new URL(`http://${endpoint}`);
  return {
    apiEndpoint: hostname,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    // Else each client asks the machine's credentials for it, or the metadata server: 0.3 s.
    clientOptions: { universeDomain: 'googleapis.com' },
  };
}

/**
 * A gRPC client that finds no credentials rejects promises of its own that nobody holds, which ends
 * the process: so they are found before. Storage's client knows them for all of Google Cloud.
 */
async function findCredentials(): Promise<Storage['authClient']> {
  const { Storage } = await import('@google-cloud/storage');
  const { authClient } = new Storage();
  try {
    await authClient.getClient();
    return authClient;
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw fail('platform_denied', `There are no credentials for Google Cloud: ${words}`, {
      hint: 'Run `gcloud auth application-default login`, or ship to local-cloud with --local.',
      cause,
    });
  }
}
