import { parseDuration } from 'base/duration.ts';
import { answer } from 'base/terminal/out.ts';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Fault } from '../../fault/fault.ts';
import { action } from '../invocation.ts';
import type { Cli, Invocation } from '../invocation.ts';
import { callLocal } from '../local-client.ts';

const EXAMPLES = `
Kinds, and what they take:
  status     --code UNAVAILABLE  [--method UpdateService] [--times N | --percent P] [--message TEXT]
  slow       --delay 3s          [--method GetService] [--times N | --percent P]
  lost                          [--method bigquery.jobs.insert] [--times N | --percent P]
  operation  --effect slow|stuck|fail  [--service S] [--delay 1m] [--code INTERNAL] [--times N]
  stale      --age 10s           [--service S]
  metrics    --effect late|missing  [--service S] [--revision R] [--delay 5m]
  revision   --service S         [--revision R] [--fail-start] [--error-percent P] [--delay 300ms]

A stuck operation goes on when its fault is cleared. A fault of a revision without --revision also
meets those that come. Faults stay, also over restarts, until they are cleared or used up.`;

export function declareFaults(program: Command, cli: Cli): void {
  const faults = program.command('faults').description('trouble on purpose');
  const add = faults.command('add').description('put one in force').addHelpText('after', EXAMPLES);
  add.argument('<kind>', 'status, slow, lost, operation, stale, metrics or revision');
  for (const option of faultOptions()) add.addOption(option);
  add.action(action(cli, addFault));
  faults.command('list').description('those in force').action(action(cli, listFaults));
  faults
    .command('clear')
    .description('end one, or all')
    .argument('[id]', 'as `list` shows it')
    .action(action(cli, clearFaults));
}

function faultOptions(): Option[] {
  return [
    new Option('--code <code>', 'of google.rpc.Code'),
    new Option('--effect <effect>', 'slow, stuck, fail; late, missing'),
    new Option('--method <method>', 'of the API; all without'),
    new Option('--service <name>', 'short name; all without'),
    new Option('--revision <name>', 'short name; all without'),
    new Option('--times <count>', 'how often').argParser(readNumber),
    new Option('--percent <share>', 'of the calls').argParser(readNumber),
    new Option('--error-percent <share>', 'of the requests').argParser(readNumber),
    new Option('--delay <time>', 'such as 300ms or 2m').argParser(readTime),
    new Option('--age <time>', 'of what is read').argParser(readTime),
    new Option('--message <text>', 'of the refusal'),
    new Option('--fail-start', 'its instances end when they are started'),
  ];
}

interface AddOptions {
  readonly delay?: number;
  readonly age?: number;
  readonly [field: string]: unknown;
}

async function addFault(
  { home, out }: Invocation,
  kind: string,
  { delay: delayMs, age: ageMs, ...rest }: AddOptions,
): Promise<void> {
  const body = { kind, ...rest, delayMs, ageMs };
  const fault = (await callLocal(home, 'faults', { method: 'POST', body })) as Fault;
  answer(out, fault, (fault) => [
    describe(fault),
    `End it with: local-cloud faults clear ${fault.id}`,
  ]);
}

async function listFaults({ home, out }: Invocation): Promise<void> {
  const { faults } = (await callLocal(home, 'faults')) as { faults: Fault[] };
  answer(out, faults, () => (faults.length === 0 ? ['No faults.'] : faults.map(describe)));
}

async function clearFaults({ home, out }: Invocation, id: string | undefined): Promise<void> {
  const path = id === undefined ? 'faults' : `faults/${encodeURIComponent(id)}`;
  const answered = await callLocal(home, path, { method: 'DELETE' });
  const { cleared } = answered as { cleared: Fault[] };
  answer(out, cleared, () => [`Cleared ${cleared.length}.`]);
}

function describe({ id, kind, ...fields }: Fault): string {
  const shown = Object.entries(fields).map(([field, value]) => `${field} ${String(value)}`);
  return `${id}  ${kind}  ${shown.join(', ')}`;
}

function readNumber(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('Expected a number.');
}

function readTime(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
