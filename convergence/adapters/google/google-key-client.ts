import type { KeyManagementServiceClient } from '@google-cloud/kms';

/** How Google's clients over gRPC are opened. */
export type GrpcOptions = NonNullable<ConstructorParameters<typeof KeyManagementServiceClient>[0]>;

/** The client is loaded where it is needed only: it costs 0.3 s. */
export async function openKeyClient(options: GrpcOptions): Promise<KeyManagementServiceClient> {
  const { KeyManagementServiceClient: Client } = await import('@google-cloud/kms');
  return new Client(options);
}
