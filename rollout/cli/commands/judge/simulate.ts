import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { fail } from '../../../engine/error-codes.ts';
import { simulateTable } from '../../../engine/judge/simulate/simulate-table.ts';
import type {
  SimulatedRow,
  SimulateRequest,
} from '../../../engine/judge/simulate/simulate-table.ts';
import { PRESET_NAMES, PRESETS } from '../../../engine/service/resolve/preset.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { readNumber } from '../../input/read-number.ts';

interface SimulateOptions {
  readonly requestsPerSecond: string;
  readonly errorRate: string;
  readonly traffic: string;
  readonly minutes: string;
  readonly preset: string;
  readonly runs: string;
  readonly seed: string;
}

export function declareSimulate(parent: Command, cli: Cli): void {
  parent
    .command('simulate')
    .summary('show what the judge would see with your traffic')
    .description(
      'Simulates canaries, healthy and faulty, with your traffic, and shows how many the judge takes\n' +
        'back, how soon, and how many requests they cost. The same seed gives the same table.',
    )
    .option('--requests-per-second <count>', 'of the whole service', '20')
    .option('--error-rate <percent>', 'of a healthy release', '0.5')
    .option('--traffic <percent>', 'for the canary', '10')
    .option('--minutes <count>', 'for the canary', '15')
    .option('--preset <name>', `whose judge: ${PRESET_NAMES.join(', ')}`, 'sequential')
    .option('--runs <count>', 'canaries of each row', '200')
    .option('--seed <number>', 'of the random numbers', '1')
    .action(action(cli, simulate));
}

async function simulate({ out }: Invocation, options: SimulateOptions): Promise<void> {
  const request = requestOf(options);
  answer(out, { request, rows: simulateTable(request) }, ({ rows }) => [
    `${options.requestsPerSecond} requests/s, ${options.traffic} % for the canary, ${options.minutes} minutes, ${options.errorRate} % usual errors, ${options.runs} canaries a row`,
    '',
    ...renderRows(rows, out),
  ]);
}

function requestOf(options: SimulateOptions): SimulateRequest {
  const preset = PRESET_NAMES.find((name) => name === options.preset);
  if (!preset) {
    const known = PRESET_NAMES.join(', ');
    throw fail('flag_invalid', `--preset is '${options.preset}', expected one of ${known}`);
  }
  const { requestsPerSecond, errorRate, traffic, minutes, runs, seed } = options;
  return {
    requestsPerSecond: readNumber('--requests-per-second', requestsPerSecond, {
      least: 0.01,
      most: 100_000,
    }),
    errorRate: readNumber('--error-rate', errorRate, { least: 0, most: 100 }) / 100,
    traffic: readNumber('--traffic', traffic, { least: 1, most: 99 }),
    minutes: readNumber('--minutes', minutes, { least: 1, most: 240 }),
    policy: PRESETS[preset].judge,
    runs: Math.floor(readNumber('--runs', runs, { least: 1, most: 100_000 })),
    seed: Math.floor(readNumber('--seed', seed, { least: 0 })),
  };
}

function renderRows(rows: readonly SimulatedRow[], frame: TableFrame): string[] {
  const titles = ['canary', 'taken back', 'after (median)', 'requests failed', 'could end early'];
  const columns = titles.map((title, at) => ({
    title,
    side: at === 0 ? ('left' as const) : ('right' as const),
  }));
  const share = (value: number) => `${Number((100 * value).toPrecision(3))} %`;
  const cells = rows.map((row) => [
    row.fault,
    share(row.rolledBack),
    row.medianSeconds === null ? '' : `${row.medianSeconds} s`,
    row.medianFailedRequests === null ? '' : String(row.medianFailedRequests),
    share(row.couldEndEarly),
  ]);
  return renderTable(columns, cells, frame);
}
