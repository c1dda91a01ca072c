import { answer } from 'base/terminal/out.ts';
import type { RewrapAnswer } from '../../../server/api/contract/key/master-key.ts';
import type { Invocation } from '../../invocation.ts';
import { gcloudCommands, openGoogleKey } from '../../wire.ts';
import type { Settings } from '../../wire.ts';
import { renderRewrap, rewrapValues } from './rewrap-values.ts';

interface GoogleSetupOptions {
  readonly rotate: boolean;
  readonly dryRun: boolean;
}

/** What was done; of a dry run the commands that would do it. */
interface GoogleSetup {
  readonly key: string;
  readonly done: 'created' | 'rotated' | 'nothing';
  readonly dry_run: boolean;
  /** Null when it was not asked. */
  readonly newest: string | null;
  readonly versions: number;
  /** Null when no platform runs here, which does it when it starts. */
  readonly rewrap: RewrapAnswer | null;
  readonly commands: readonly string[];
}

/** Makes or rotates the key that GCP_KMS_KEY_NAME names. A dry run asks nobody. */
export async function setUpGoogleKms(
  invocation: Invocation,
  settings: Settings,
  options: GoogleSetupOptions,
): Promise<void> {
  const { GCP_KMS_KEY_NAME: key = '' } = settings;
  const { out } = invocation;
  if (options.dryRun) {
    const done = options.rotate ? 'rotated' : 'created';
    const commands = await gcloudCommands(key, done);
    const nothing = { dry_run: true, newest: null, versions: 0, rewrap: null };
    answer<GoogleSetup>(out, { key, done, ...nothing, commands }, (setup) => [...setup.commands]);
    return;
  }
  const { done, versions } = await change(key, settings, options);
  const rewrap = done === 'rotated' ? await rewrapValues(invocation, settings) : null;
  const newest = versions.at(-1)?.version ?? null;
  const setup = { key, done, dry_run: false, newest, versions: versions.length, rewrap } as const;
  answer<GoogleSetup>(out, { ...setup, commands: [] }, renderSetup);
}

async function change(key: string, settings: Settings, { rotate }: GoogleSetupOptions) {
  const google = await openGoogleKey(key, settings);
  try {
    const missing = (await google.create()) ? 'created' : null;
    const done = missing ?? (rotate ? 'rotated' : 'nothing');
    if (done === 'rotated') await google.rotate();
    return { done, versions: await google.listVersions() } as const;
  } finally {
    await google.close();
  }
}

function renderSetup({ key, done, newest, versions, rewrap }: GoogleSetup): string[] {
  const verb = {
    created: 'was made; it rotates by itself every 90 days',
    rotated: 'has a new version',
    nothing: 'is there, and was not changed',
  }[done];
  return [
    `${key} ${verb}`,
    `newest of ${versions}: ${newest}`,
    ...(done === 'rotated' ? renderRewrap(rewrap) : []),
  ];
}
