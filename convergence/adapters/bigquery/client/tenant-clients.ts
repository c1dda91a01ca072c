import type { AuthClient } from 'google-auth-library';
import type { Clock } from 'base/clock.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { BigQueryClient } from './bigquery-client.ts';
import type { BigQueryConnection, ClientDeps } from './bigquery-client.ts';

type Connection = BigQueryConnection & { readonly authClient: AuthClient };

export interface TenantClientsOptions {
  /** The platform's own. */
  readonly client: BigQueryClient;
  readonly connection: Connection;
  readonly deps: ClientDeps;
  /** Null: the tenant has no account of its own. */
  readonly readAccount: (scope: TenantScope) => Promise<string | null>;
}

const LIFETIME = '3600s';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** A changed account counts after this. */
const KEEP_MS = 10_000;

/**
 * Gives each tenant the client as whose account BigQuery works for it. Tokens are Google's for an
 * hour and made anew before they end.
 * https://cloud.google.com/iam/docs/service-account-impersonation
 */
export function createTenantClients(options: TenantClientsOptions) {
  const { client, deps, readAccount } = options;
  const readKept = keepFor(KEEP_MS, deps.clock, readAccount);
  const clients = new Map<string, Promise<BigQueryClient>>();
  return async (scope: TenantScope): Promise<BigQueryClient> => {
    const account = await readKept(scope);
    if (account === null) return client;
    const known = clients.get(account) ?? openAs(account, options);
    clients.set(account, known);
    // Whoever comes next tries again.
    known.catch(() => clients.delete(account));
    return known;
  };
}

function keepFor<T>(
  keepMs: number,
  clock: Pick<Clock, 'now'>,
  read: (scope: TenantScope) => Promise<T>,
): (scope: TenantScope) => Promise<T> {
  const kept = new Map<string, { readonly value: T; readonly untilMs: number }>();
  return async (scope) => {
    const nowMs = clock.now().getTime();
    const known = kept.get(scope.tenantId);
    if (known && nowMs < known.untilMs) return known.value;
    const value = await read(scope);
    kept.set(scope.tenantId, { value, untilMs: nowMs + keepMs });
    return value;
  };
}

/** @throws google_denied when the platform may not act as that account */
async function openAs(
  account: string,
  { connection, deps }: TenantClientsOptions,
): Promise<BigQueryClient> {
  const { OAuth2Client } = await import('google-auth-library');
  const authClient = new OAuth2Client();
  // Not the library's `Impersonated`: it writes a warning for each account between the lines of a log.
  authClient.refreshHandler = () => makeToken(account, connection);
  try {
    await authClient.getAccessToken();
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw fail('google_denied', `The platform may not act as ${account}: ${words}`, {
      hint: `Give the account of the platform the role roles/iam.serviceAccountTokenCreator on it: gcloud iam service-accounts add-iam-policy-binding ${account} --role roles/iam.serviceAccountTokenCreator --member serviceAccount:PLATFORM`,
      cause,
    });
  }
  return BigQueryClient.open({ ...connection, authClient }, deps);
}

interface TokenAnswer {
  readonly accessToken: string;
  readonly expireTime: string;
}

/** https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
async function makeToken(
  account: string,
  { authClient, apiEndpoint = 'https://iamcredentials.googleapis.com' }: Connection,
) {
  const { data } = await authClient.request<TokenAnswer>({
    url: `${apiEndpoint}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
    method: 'POST',
    data: { scope: [SCOPE], lifetime: LIFETIME },
  });
  return { access_token: data.accessToken, expiry_date: Date.parse(data.expireTime) };
}
