import type { ChannelCredentials } from '@grpc/grpc-js';

/**
 * How Google's gRPC clients are opened; `{}` is Google with Application Default Credentials. No
 * interface, because those do not fit the clients' index signature.
 */
export type GrpcOptions = {
  readonly apiEndpoint?: string;
  readonly port?: number;
  readonly sslCreds?: ChannelCredentials;
  readonly clientOptions?: { readonly universeDomain: string };
};

/**
 * Options for an endpoint without TLS that asks for no credentials, such as `127.0.0.1:8080` of
 * local-cloud; null for Google itself.
 */
export async function grpcOptions(endpoint: string | null): Promise<GrpcOptions> {
  if (endpoint === null) return {};
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
