import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import type { KeyAnswer } from '../../../server/api/contract/api-key.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';

/** Of the 64 digits of a hash; enough to name a key. */
const SHOWN_DIGITS = 12;

interface CreateOptions {
  readonly description: string;
  readonly expires?: string;
}

export function declareKey(parent: Command, cli: Cli): void {
  const key = parent.command('key').summary('create, list and revoke API keys').helpCommand(false);
  key
    .command('create')
    .description('Makes an API key of a tenant and shows it once.')
    .addOption(tenantOption().makeOptionMandatory())
    .requiredOption('--description <text>', 'what the key is for')
    .option('--expires <time>', 'RFC 3339, as 2027-01-31T00:00:00Z')
    .action(action(cli, createKey));
  key
    .command('list')
    .description('Lists API keys of one tenant or of all.')
    .addOption(tenantOption())
    .action(action(cli, listKeys));
  key
    .command('revoke')
    .description('Revokes an API key; within a second it opens nothing any more.')
    .argument('<hash>', 'its hash, or enough of the first digits')
    .action(action(cli, revokeKey));
}

async function createKey(
  invocation: Invocation,
  { description, expires }: CreateOptions,
): Promise<void> {
  const { out, options } = invocation;
  const created = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.createKey({ tenant_id: options.tenant ?? '', description, expires_at: expires }),
  );
  answer(out, created, ({ api_key, hash }) => [
    `API key, shown this once: ${out.style.strong(api_key)}`,
    out.style.faint(`to revoke it: convergence key revoke ${hash.slice(0, SHOWN_DIGITS)}`),
  ]);
}

async function listKeys(invocation: Invocation): Promise<void> {
  const { out, options } = invocation;
  const list = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.listKeys({ tenant_id: options.tenant }),
  );
  answer(out, list, ({ api_keys }) => renderKeys(api_keys, out));
}

function renderKeys(keys: readonly KeyAnswer[], frame: TableFrame): string[] {
  if (keys.length === 0) return ['no keys'];
  const titles = ['hash', 'key', 'tenant', 'description', 'last used', 'state'];
  const rows = keys.map((key) => [
    key.hash.slice(0, SHOWN_DIGITS),
    `${key.prefix}…`,
    key.tenant_id,
    key.description,
    key.last_used_at?.slice(0, 10) ?? 'never',
    stateOf(key),
  ]);
  return renderTable(
    titles.map((title) => ({ title, isWhole: title === 'hash' })),
    rows,
    frame,
  );
}

function stateOf({ revoked_at, expires_at }: KeyAnswer): string {
  if (revoked_at !== null) return `revoked ${revoked_at.slice(0, 10)}`;
  return expires_at === null ? 'valid' : `until ${expires_at.slice(0, 10)}`;
}

async function revokeKey(invocation: Invocation, start: string): Promise<void> {
  const revoked = await withPlatform(invocation, { worker: false }, async ({ client }) =>
    client.revokeKey(await findHash(client, start)),
  );
  answer(invocation.out, revoked, ({ prefix, tenant_id, description }) => [
    `key ${prefix}… of ${tenant_id} (${description}) is revoked`,
  ]);
}

async function findHash(client: ApiClient, start: string): Promise<string> {
  const { api_keys } = await client.listKeys({});
  const [found, ...others] = api_keys.filter(({ hash }) => hash.startsWith(start));
  const hint = '`convergence key list` shows the hashes.';
  if (!found)
    throw fail('key_absent', `No API key has a hash that begins with '${start}'`, { hint });
  if (others.length > 0) {
    throw fail('request_invalid', `'${start}' begins the hashes of ${others.length + 1} keys`, {
      hint,
    });
  }
  return found.hash;
}
