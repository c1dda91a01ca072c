import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';

/** How Google's clients over gRPC are opened. */
export type GrpcOptions = NonNullable<ConstructorParameters<typeof SecretManagerServiceClient>[0]>;

const UNAVAILABLE = 14;

/**
 * By itself the client would try for a minute, while somebody waits for an answer of the API. New
 * ones for each call: the client writes the headers of the call into them.
 */
export function callOptions() {
  const backoffSettings = {
    initialRetryDelayMillis: 100,
    retryDelayMultiplier: 2,
    maxRetryDelayMillis: 1_000,
    initialRpcTimeoutMillis: 5_000,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: 5_000,
    totalTimeoutMillis: 8_000,
  };
  return { retry: { retryCodes: [UNAVAILABLE], backoffSettings } };
}

/** The client is loaded where it is needed only: it costs 0.3 s. */
export async function openSecretClient(options: GrpcOptions): Promise<SecretManagerServiceClient> {
  const { SecretManagerServiceClient: Client } = await import('@google-cloud/secret-manager');
  return new Client(options);
}
