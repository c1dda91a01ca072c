import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';

/** How Google's clients over gRPC are opened. */
export type GrpcOptions = NonNullable<ConstructorParameters<typeof SecretManagerServiceClient>[0]>;

/** The client is loaded where it is needed only: it costs 0.3 s. */
export async function openSecretClient(options: GrpcOptions): Promise<SecretManagerServiceClient> {
  const { SecretManagerServiceClient: Client } = await import('@google-cloud/secret-manager');
  return new Client(options);
}
