import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import type { AdminKeyAnswer } from '../../../server/api/contract/key/admin-key.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { findByHash, lastUseOf, overlapOption, shortHash, stateOf } from './stored-keys.ts';

export function declareAdminKey(parent: Command, cli: Cli): void {
  const key = parent
    .command('admin-key')
    .summary('list, rotate and revoke admin keys')
    .description('Keys of operators. `convergence generate-admin-key --name NAME` makes one.')
    .helpCommand(false);
  key
    .command('list')
    .description('Lists the admin keys; the one in ADMIN_API_KEY is none of them.')
    .action(action(cli, listKeys));
  key
    .command('rotate')
    .description('Makes a new admin key in place of one, which goes on opening for a while.')
    .argument('<hash>', 'its hash, or enough of the first digits')
    .addOption(overlapOption())
    .action(action(cli, rotateKey));
  key
    .command('revoke')
    .description('Revokes an admin key; within a second it opens nothing any more.')
    .argument('<hash>', 'its hash, or enough of the first digits')
    .action(action(cli, revokeKey));
}

async function listKeys(invocation: Invocation): Promise<void> {
  const { out } = invocation;
  const list = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.listAdminKeys(),
  );
  answer(out, list, ({ admin_keys }) => renderKeys(admin_keys, out));
}

function renderKeys(keys: readonly AdminKeyAnswer[], frame: TableFrame): string[] {
  if (keys.length === 0) return ['no admin keys; `convergence generate-admin-key --name NAME`'];
  const titles = ['hash', 'key', 'name', 'made by', 'last used', 'state'];
  const rows = keys.map((key) => [
    shortHash(key.hash),
    `${key.prefix}…`,
    key.name,
    key.created_by,
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
    const { hash } = await findKey(client, start);
    return { ...(await client.rotateAdminKey(hash, { overlap })), replaces: hash };
  });
  answer(out, rotated, ({ admin_key, replaces, name }) => [
    `admin key, shown this once: ${out.style.strong(admin_key)}`,
    `It takes the place of ${shortHash(replaces)} (${name}), which opens for ${overlap} more.`,
  ]);
}

async function revokeKey(invocation: Invocation, start: string): Promise<void> {
  const revoked = await withPlatform(invocation, { worker: false }, async ({ client }) =>
    client.revokeAdminKey((await findKey(client, start)).hash),
  );
  answer(invocation.out, revoked, ({ prefix, name }) => [
    `admin key ${prefix}… (${name}) is revoked`,
  ]);
}

async function findKey(client: ApiClient, start: string): Promise<AdminKeyAnswer> {
  const { admin_keys } = await client.listAdminKeys();
  return findByHash(admin_keys, start, 'convergence admin-key list');
}
