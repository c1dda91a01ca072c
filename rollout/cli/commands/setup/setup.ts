import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { fail } from '../../../engine/error-codes.ts';
import { describePiece } from '../../../engine/setup/piece.ts';
import type { Piece } from '../../../engine/setup/piece.ts';
import { runSetup } from '../../../engine/setup/run-setup.ts';
import type { PieceState, SetupStep } from '../../../engine/setup/run-setup.ts';
import { wantSetup } from '../../../engine/setup/want-setup.ts';
import { confirm } from '../../input/confirm.ts';
import { addTargetOptions, isProduction, resolveTarget } from '../../input/target.ts';
import type { DeployTarget, TargetOptions } from '../../input/target.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { gcloudCommands } from './gcloud-command.ts';
import { openSetup } from './wire.ts';

interface SetupOptions extends TargetOptions {
  readonly github?: string;
  readonly secret: readonly string[];
  readonly dataset: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const WORDS: Readonly<Record<PieceState, string>> = {
  there: 'there',
  absent: 'would make',
  made: 'made',
  foreign: 'not on local-cloud:',
};

const each = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function declareSetup(parent: Command, cli: Cli): void {
  addTargetOptions(parent.command('setup'))
    .summary('make what a project needs once, before the first release')
    .description(
      'Enables APIs and creates service accounts with the least roles, the repository of images, the\n' +
        'bucket of the journal, a KMS key, secrets, the topic of events and, with --github, an identity\n' +
        'for GitHub. What is there stays as it is, so it can be run again at any time.',
    )
    .option('--github <owner/repo>', 'let the workflows of this repository ship')
    .option(
      '--secret <name[=variable]>',
      'a secret beside those of rollout.yaml; the environment variable has its first value',
      each,
      [],
    )
    .option('--dataset <name>', 'a dataset of BigQuery, such as that of the metadata', each, [])
    .option('--dry-run', 'only say what is missing, with the equivalent gcloud commands')
    .option('--yes', 'do not ask before production')
    .action(action(cli, setUp));
}

async function setUp(
  invocation: Invocation,
  environment: string | undefined,
  options: SetupOptions,
): Promise<void> {
  const { out } = invocation;
  const target = requireDeclared((await resolveTarget(invocation, environment, options)).declared);
  const wanted = wantPieces(target, options, invocation);
  const isDryRun = options.dryRun ?? false;
  const isAsked = isProduction(target) && !options.yes && !isDryRun;
  await confirm(`Set up ${target.ref.project}?`, !isAsked, out);
  const platform = await openSetup(invocation, target);
  const onStep = ({ piece, state }: SetupStep): void =>
    out.line(`${WORDS[state]} ${describePiece(piece)}`);
  const steps = await runSetup(wanted, { platform, isDryRun, onStep });
  const absent = steps.filter(({ state }) => state === 'absent').map(({ piece }) => piece);
  const commands = gcloudCommands(absent, target.ref);
  const told = steps.map(({ piece, state }) => ({ piece: describePiece(piece), state }));
  answer(out, { steps: told, dryRun: isDryRun, ...(isDryRun && { commands }) }, () =>
    commands.length === 0 ? [] : ['', 'The same by hand:', '', ...commands],
  );
}

function requireDeclared(declared: DeployTarget | null): DeployTarget {
  if (declared) return declared;
  throw fail('config_absent', 'Setup needs a rollout.yaml', {
    hint: 'Run `rollout init` to write one.',
  });
}

function wantPieces(
  { ref, service, environment }: DeployTarget,
  { github, secret, dataset }: SetupOptions,
  { env }: Invocation,
): readonly Piece[] {
  if (github !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(github))
    throw fail('flag_invalid', `--github is '${github}': expected such as acme/shop`);
  const strange = dataset.find((name) => !/^\w{1,1024}$/.test(name));
  if (strange !== undefined)
    throw fail('flag_invalid', `--dataset is '${strange}': expected letters, digits, underscores`);
  const declared = Object.values(environment.runtime.secrets).map((one) => one.secret);
  return wantSetup({
    service: ref.service,
    environment: environment.name,
    bucket: env['ROLLOUT_JOURNAL_BUCKET'] ?? `${ref.project}-rollout`,
    isBuiltInCloud: service.build.kind === 'cloud-build',
    github: github ?? null,
    secrets: {
      ...Object.fromEntries(declared.map((name) => [name, null])),
      ...Object.fromEntries(secret.map((text) => readSecret(text, env))),
    },
    datasets: dataset,
  });
}

function readSecret(
  text: string,
  env: Invocation['env'],
): readonly [name: string, variable: string | null] {
  const [, name, variable] = /^([\w-]{1,255})(?:=([A-Za-z_]\w*))?$/.exec(text) ?? [];
  if (name === undefined)
    throw fail('flag_invalid', `--secret ${text.split('=')[0]}: expected NAME or NAME=VARIABLE`, {
      hint: 'The value is never on the command line: VARIABLE is the environment variable with it.',
    });
  if (variable !== undefined && !env[variable])
    throw fail('flag_invalid', `--secret ${name}: the environment variable is not set`, {
      hint: 'Set it for this command, or leave it out: the secret is then created without a value.',
    });
  return [name, variable ?? null];
}
