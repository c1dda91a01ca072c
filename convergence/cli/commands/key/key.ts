import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import type { KeyAnswer, NewKeyBody } from '../../../server/api/contract/key/api-key.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { tenantOption } from '../tenant-option.ts';
import { findByHash, lastUseOf, overlapOption, shortHash, stateOf } from './stored-keys.ts';

interface CreateOptions {
  readonly description: string;
  readonly scopes?: string;
  readonly expires?: string;
}

export function declareKey(parent: Command, cli: Cli): void {
  const key = parent
    .command('key')
    .summary('create, list, rotate and revoke API keys of tenants')
    .helpCommand(false);
  key
    .command('create')
    .description('Makes an API key of a tenant and shows it once.')
    .addOption(tenantOption().makeOptionMandatory())
    .requiredOption('--description <text>', 'what the key is for')
    .option('--scopes <list>', 'of run, read and configure, with commas; all unless told')
    .option('--expires <time>', 'RFC 3339, as 2027-01-31T00:00:00Z')
    .action(action(cli, createKey));
  key
    .command('list')
    .description('Lists API keys of one tenant or of all.')
    .addOption(tenantOption())
    .action(action(cli, listKeys));
  key
    .command('rotate')
    .description('Makes a new key in place of one, which goes on opening for a while.')
    .argument('<hash>', 'its hash, or enough of the first digits')
    .addOption(overlapOption())
    .action(action(cli, rotateKey));
  key
    .command('revoke')
    .description('Revokes an API key; within a second it opens nothing any more.')
    .argument('<hash>', 'its hash, or enough of the first digits')
    .action(action(cli, revokeKey));
}

async function createKey(
  invocation: Invocation,
  { description, scopes, expires }: CreateOptions,
): Promise<void> {
  const { out, options } = invocation;
  const created = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.createKey({
      tenant_id: options.tenant ?? '',
      description,
      // The platform says which there are.
      scopes: scopes?.split(',').map((scope) => scope.trim()) as NewKeyBody['scopes'],
      expires_at: expires,
    }),
  );
  answer(out, created, ({ api_key, hash }) => [
    `API key, shown this once: ${out.style.strong(api_key)}`,
    out.style.faint(`to revoke it: convergence key revoke ${shortHash(hash)}`),
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
  const titles = ['hash', 'key', 'tenant', 'description', 'scopes', 'last used', 'state'];
  const rows = keys.map((key) => [
    shortHash(key.hash),
    `${key.prefix}…`,
    key.tenant_id,
    key.description,
    key.scopes.join(' '),
    lastUseOf(key),
    stateOf(key),
  ]);
  return renderTable(
    titles.map((title) => ({ title, isWhole: title === 'hash' })),
    rows,
    frame,
  );
}

async function rotateKey(
  invocation: Invocation,
  start: string,
  { overlap }: { overlap: string },
): Promise<void> {
  const { out } = invocation;
  const rotated = await withPlatform(invocation, { worker: false }, async ({ client }) => {
    const { hash, description } = await findKey(client, start);
    return { ...(await client.rotateKey(hash, { overlap })), replaces: hash, description };
  });
  answer(out, rotated, ({ api_key, replaces, description }) => [
    `API key, shown this once: ${out.style.strong(api_key)}`,
    `It takes the place of ${shortHash(replaces)} (${description}), which opens for ${overlap} more.`,
  ]);
}

async function revokeKey(invocation: Invocation, start: string): Promise<void> {
  const revoked = await withPlatform(invocation, { worker: false }, async ({ client }) =>
    client.revokeKey((await findKey(client, start)).hash),
  );
  answer(invocation.out, revoked, ({ prefix, tenant_id, description }) => [
    `key ${prefix}… of ${tenant_id} (${description}) is revoked`,
  ]);
}

async function findKey(client: ApiClient, start: string): Promise<KeyAnswer> {
  const { api_keys } = await client.listKeys({});
  return findByHash(api_keys, start, 'convergence key list');
}
