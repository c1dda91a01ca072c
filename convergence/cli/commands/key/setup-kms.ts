import { existsSync } from 'node:fs';
import { answer } from 'base/terminal/out.ts';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import type { RewrapAnswer } from '../../../server/api/contract/key/master-key.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { openKeyFile, readSettings } from '../../wire.ts';
import { renderRewrap, rewrapValues } from './rewrap-values.ts';
import { setUpGoogleKms } from './setup-google-kms.ts';

const AFTERWORD = `
With GCP_KMS_KEY_NAME the key ring and the key are made in Google Cloud KMS, and
--dry-run prints the gcloud commands that do the same.

Else the keys are in a file: KMS_KEY_FILE, or master-keys in DATA_DIR. Every
process of the platform must see the same one. Keep a copy where the database's
backups are not: without it nothing that is encrypted can be read again.`;

interface SetupOptions {
  readonly rotate?: boolean;
  readonly dryRun?: boolean;
}

/** What was done, or would be. */
interface Setup {
  readonly file: string;
  readonly done: 'created' | 'rotated' | 'nothing';
  readonly dry_run: boolean;
  /** Null when it is not made yet. */
  readonly newest: string | null;
  readonly versions: number;
  /** Null when no platform runs here, which does it when it starts. */
  readonly rewrap: RewrapAnswer | null;
}

export function declareSetupKms(parent: Command, cli: Cli): void {
  parent
    .command('setup-kms')
    .summary('make or rotate the master keys')
    .description('Makes the master keys where there are none, and says which there are.')
    .option('--rotate', 'add a new master key and bring everything under it')
    .option('--dry-run', 'only say what would be done')
    .addHelpText('after', AFTERWORD)
    .action(action(cli, setUpKms));
}

async function setUpKms(
  invocation: Invocation,
  { rotate = false, dryRun = false }: SetupOptions,
): Promise<void> {
  const { out, env } = invocation;
  const settings = await readSettings(env);
  if (settings.GCP_KMS_KEY_NAME !== undefined)
    return await setUpGoogleKms(invocation, settings, { rotate, dryRun });
  const keyFile = await openKeyFile(settings);
  if (keyFile.path === undefined) {
    throw fail('settings_invalid', 'KMS_KEY_FILE is not set, expected a file of master keys', {
      hint: 'Name a file that every process of the platform sees and no backup holds, or set GCP_KMS_KEY_NAME.',
    });
  }
  const file = keyFile.path;
  const missing = existsSync(file) ? null : 'created';
  const done = missing ?? (rotate ? 'rotated' : 'nothing');
  if (!dryRun) await change(keyFile, file, done);
  const keys = dryRun && done === 'created' ? [] : await keyFile.readKeyFile(file);
  const newest = dryRun && done !== 'nothing' ? null : (keys.at(-1)?.version ?? null);
  const rewrap = dryRun || done !== 'rotated' ? null : await rewrapValues(invocation, settings);
  const setup = { file, done, dry_run: dryRun, newest, versions: keys.length, rewrap } as const;
  answer(out, setup, renderSetup);
}

type KeyFile = Awaited<ReturnType<typeof openKeyFile>>;

async function change(keyFile: KeyFile, file: string, done: Setup['done']): Promise<void> {
  const now = new Date();
  if (done === 'rotated') await keyFile.rotateKeyFile(file, now);
  if (done === 'created') await keyFile.createKeyFile(file, now);
}

function renderSetup({ file, done, dry_run, newest, versions, rewrap }: Setup): string[] {
  const verb = {
    created: dry_run ? 'would be made' : 'was made, readable by its owner only',
    rotated: dry_run ? 'would get a new master key' : 'has a new master key',
    nothing: 'is there, and was not changed',
  }[done];
  return [
    `${file} ${verb}`,
    ...(newest === null ? [] : [`newest of ${versions}: ${newest}`]),
    ...(done === 'created' && !dry_run ? ['Keep a copy of it in another place.'] : []),
    ...(done === 'rotated' && !dry_run ? renderRewrap(rewrap) : []),
  ];
}
