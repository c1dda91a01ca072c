import { randomKey } from 'base/id.ts';
import { fail } from '../../engine/error-codes.ts';
import { createApiClient } from './api-client.ts';
import type { ApiClient } from './api-client.ts';
import type { Invocation } from '../invocation.ts';
import { findRunning, loadServer, readSettings } from '../wire.ts';
import type { Settings } from '../wire.ts';

export interface Session {
  readonly client: ApiClient;
  /** True: the platform lives in this process and ends with the command. */
  readonly isOwn: boolean;
}

export interface PlatformNeed {
  /** A platform that is started for this command also executes runs. */
  readonly worker: boolean;
}

/**
 * Finds the platform and works with it: the one at `--url`; else the one that runs on the data
 * folder; else one in this process, closed afterwards.
 */
export async function withPlatform<T>(
  { options, env }: Invocation,
  need: PlatformNeed,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const { url, apiKey, tenant: tenantId } = options;
  const connect = (place: { url: string; adminKey?: string | undefined; isOwn?: boolean }) =>
    createApiClient({
      url: place.url,
      apiKey,
      tenantId,
      adminKey: place.isOwn ? place.adminKey : (options.adminKey ?? place.adminKey),
    });
  if (url) return use({ client: connect({ url }), isOwn: false });
  const settings = await readSettings(env);
  const running = await findRunning(settings.DATA_DIR);
  if (running) return use({ client: connect(running), isOwn: false });
  const { startPlatform } = await loadServer();
  const platform = await startPlatform({
    // Its log would mix with the answer of the command, which says what went wrong.
    settings: { ...settings, ADMIN_API_KEY: keyOfOwn(settings), LOG_LEVEL: 'silent' },
    // An embedded platform is always whole.
    roles: { api: true, worker: need.worker || !settings.DATABASE_URL },
    listen: { host: '127.0.0.1', port: 0 },
  });
  try {
    return await use({ client: connect({ ...platform, isOwn: true }), isOwn: true });
  } finally {
    await platform.close();
  }
}

/**
 * Who has the database and its keys may do anything, so a platform in this process needs no key of
 * an operator. In development it has one, with which other commands find it.
 */
function keyOfOwn({ ADMIN_API_KEY, ENVIRONMENT }: Settings): string | undefined {
  return ADMIN_API_KEY ?? (ENVIRONMENT === 'development' ? undefined : randomKey());
}

/** As `withPlatform`, in the name of a tenant: that of the key, or the one that was named. */
export async function withTenant<T>(
  invocation: Invocation,
  use: (session: Session) => Promise<T>,
  need: PlatformNeed = { worker: false },
): Promise<T> {
  const { tenant, apiKey } = invocation.options;
  if (!tenant && !apiKey) {
    throw fail('request_invalid', 'Which tenant? Neither --tenant nor an API key says it', {
      hint: 'Add --tenant NAME (or set CONVERGENCE_TENANT); `convergence tenant list` shows them.',
    });
  }
  return withPlatform(invocation, need, use);
}
