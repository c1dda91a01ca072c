import { Option } from 'commander';
import type { Command } from 'commander';
import { parseDuration } from 'base/duration.ts';
import { fail } from '../../../engine/error-codes.ts';

export interface FilterOptions {
  readonly pipeline?: string;
  readonly status?: readonly string[];
  readonly triggerBy?: string;
  readonly since?: string;
  readonly until?: string;
  readonly group?: string;
  readonly longerThan?: string;
}

/** The options that choose runs; `states` are those that make sense for the command. */
export function addFilterOptions(command: Command, states: readonly string[]): Command {
  return command
    .option('--pipeline <pipeline>', 'only of this pipeline')
    .addOption(new Option('--status <status...>', 'only in these states').choices(states))
    .option('--trigger-by <name>', 'only those that this asked for: api, schedule, a name')
    .option('--since <when>', 'only those made from then on: 2h, 7d, a day or an instant')
    .option('--until <when>', 'only those made before')
    .option('--group <group>', 'only of this backfill')
    .option('--longer-than <duration>', 'only those that took at least this long, such as 10m');
}

/** The filter as the API takes it. @throws request_invalid */
export function readFilter(options: FilterOptions, now: Date) {
  const { since, until, longerThan } = options;
  return {
    pipeline_id: options.pipeline,
    // Held against the choices of each command by commander.
    status: options.status as [] | undefined,
    trigger_by: options.triggerBy,
    created_from: since === undefined ? undefined : readMoment('--since', since, now),
    created_to: until === undefined ? undefined : readMoment('--until', until, now),
    group_id: options.group,
    min_duration_seconds:
      longerThan === undefined ? undefined : readDuration('--longer-than', longerThan) / 1000,
  };
}

/** `2d` is two days ago; days and instants go as they are. */
function readMoment(option: string, text: string, now: Date): string {
  if (/^\d{4}-/.test(text)) return text;
  return new Date(now.getTime() - readDuration(option, text)).toISOString();
}

function readDuration(option: string, text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw fail('request_invalid', `${option} is '${text}', expected 30m, 2h or 7d`, {
      hint: option === '--longer-than' ? undefined : 'A day goes too, such as 2026-03-01.',
    });
  }
}
