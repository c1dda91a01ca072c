import { AppError } from 'base/error.ts';
import { Option } from 'commander';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import type { Priority } from '../../../engine/pipeline/spec/queue-spec.ts';
import type { RunDetailAnswer } from '../../../server/api/contract/run/run.ts';
import { Interrupted, listenForInterrupt } from 'base/terminal/interrupt.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { watchRun } from '../../watch-run.ts';
import { withTenant } from '../../client/with-platform.ts';
import type { Session } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';
import { collect, readParameters } from './parameters.ts';

interface RunOptions {
  readonly param?: readonly string[];
  readonly priority?: Priority;
  readonly watch?: boolean;
}

const AFTERWORD = `
Where no platform is found, one lives in this process for as long as the run
takes: then the run is always watched. A watched run that fails ends the command
with the exit code of the failure's kind; Ctrl-C (130) leaves the run as it is.`;

export function declareRun(parent: Command, cli: Cli): void {
  parent
    .command('run')
    .summary('start a run of a pipeline')
    .description('Starts a run of a pipeline; with --watch shows it until it has ended.')
    .argument('<pipeline>', 'pipeline_id')
    .addOption(tenantOption())
    .option('--param <name=value>', 'a parameter; may be repeated', collect)
    .addOption(
      new Option('--priority <priority>', 'before other runs of the tenant, or after them').choices(
        ['high', 'normal', 'low'],
      ),
    )
    .option('--watch', 'show progress, then a summary')
    .addHelpText('after', AFTERWORD)
    .action(action(cli, runPipeline));
}

async function runPipeline(
  invocation: Invocation,
  pipeline: string,
  options: RunOptions,
): Promise<number | void> {
  const start = async (session: Session) => {
    const { client } = session;
    const parameters = await readParameters(client, pipeline, options.param ?? []);
    const { pipeline_logging_id } = await client.triggerRun(pipeline, {
      trigger_by: 'cli',
      parameters,
      priority: options.priority,
    });
    return showRun(invocation, session, { runId: pipeline_logging_id, watch: options.watch });
  };
  return withTenant(invocation, start, { worker: true });
}

/** A run that was just started: watched to its end, or only told. */
export async function showRun(
  invocation: Invocation,
  session: Session,
  { runId, watch }: { runId: string; watch?: boolean | undefined },
): Promise<number | void> {
  if (watch || session.isOwn) return watchToEnd(invocation, session, runId);
  const { out, options } = invocation;
  const run = await session.client.getRun(runId);
  if (out.isJson) return out.json(run);
  out.line(`run ${runId} of ${run.pipeline_id} is ${run.status}`);
  out.line(out.style.faint(`follow it: convergence logs ${runId} -f${tenantFlag(options.tenant)}`));
}

async function watchToEnd(
  { out, options }: Invocation,
  { client, isOwn }: Session,
  runId: string,
): Promise<void> {
  try {
    const run = await watchRun(client, runId, { out, signal: listenForInterrupt() });
    throwFailure(run);
  } catch (error) {
    if (error instanceof Interrupted) {
      const fate = isOwn ? 'goes on when a platform starts on its data folder' : 'goes on';
      out.note(`run ${runId} ${fate}`);
      out.note(`to end it: convergence cancel ${runId}${tenantFlag(options.tenant)}`);
    }
    throw error;
  }
}

function throwFailure({ pipeline_logging_id, status, failure }: RunDetailAnswer): void {
  if (failure) {
    const message = `run ${pipeline_logging_id} is ${status}: ${failure.message}`;
    throw new AppError({ ...failure, message });
  }
  if (status === 'COMPLETE') return;
  throw fail('cancelled', `run ${pipeline_logging_id} is ${status}`);
}

function tenantFlag(tenant: string | undefined): string {
  return tenant === undefined ? '' : ` --tenant ${tenant}`;
}
