import type { ChannelCredentials } from '@grpc/grpc-js';
import type { GoogleAuth, PassThroughClient } from 'google-auth-library';
import { fail } from '../../engine/error-codes.ts';
import type { Settings } from './settings.ts';

/** How Google's gRPC clients are opened. No interface: those do not fit their index signature. */
export type GrpcOptions =
  | {
      readonly apiEndpoint: string;
      readonly port: number;
      readonly sslCreds: ChannelCredentials;
      readonly clientOptions: { readonly universeDomain: string };
    }
  | { readonly auth: GoogleAuth };

/** How the clients of BigQuery and Cloud Storage are opened, which speak REST. */
export interface RestOptions {
  readonly projectId: string;
  /** Absent: Google's own. */
  readonly apiEndpoint?: string;
  readonly authClient: PassThroughClient | Awaited<ReturnType<GoogleAuth['getClient']>>;
}

export interface GoogleOptions {
  readonly projectId: string;
  readonly grpc: GrpcOptions;
  readonly rest: RestOptions;
}

type GoogleSettings = Pick<Settings, 'GCP_PROJECT_ID' | 'GCP_REST_ENDPOINT' | 'GCP_GRPC_ENDPOINT'>;

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Options of all of Google's clients, with Application Default Credentials, or those of local-cloud.
 * Credentials are looked for here: a gRPC client that finds none rejects promises that nobody holds,
 * which ends the process.
 * @throws google_denied when there are none; settings_invalid without GCP_PROJECT_ID
 */
export async function googleOptions(settings: GoogleSettings): Promise<GoogleOptions> {
  const { GCP_PROJECT_ID: projectId, GCP_REST_ENDPOINT, GCP_GRPC_ENDPOINT } = settings;
  if (!projectId) throw fail('settings_invalid', 'GCP_PROJECT_ID is needed and not set.');
  // Loaded here, as a platform without Google would start 0.3 s later.
  const google = await import('google-auth-library');
  if (GCP_REST_ENDPOINT && GCP_GRPC_ENDPOINT) {
    const { credentials } = await import('@grpc/grpc-js');
    const { hostname, port } = new URL(`http://${GCP_GRPC_ENDPOINT}`);
    const grpc = {
      apiEndpoint: hostname,
      port: Number(port),
      sslCreds: credentials.createInsecure(),
      // Else each client asks the metadata server for it: 0.3 s.
      clientOptions: { universeDomain: 'googleapis.com' },
    };
    const authClient = new google.PassThroughClient();
    return { projectId, grpc, rest: { projectId, apiEndpoint: GCP_REST_ENDPOINT, authClient } };
  }
  const auth = new google.GoogleAuth({ scopes: SCOPE });
  try {
    return { projectId, grpc: { auth }, rest: { projectId, authClient: await auth.getClient() } };
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw fail('google_denied', `There are no credentials for Google Cloud: ${words}`, {
      hint: 'Run `gcloud auth application-default login`, or set GCP_REST_ENDPOINT and GCP_GRPC_ENDPOINT to use local-cloud.',
      cause,
    });
  }
}
