import { stepTitle, BuildFailure } from '../resource/build.ts';
import type { Build, BuildStatus, BuildStep } from '../resource/build.ts';
import { runStep } from './run-step.ts';
import type { StepDeps } from './run-step.ts';
import { stepCommand } from './step-command.ts';
import type { StepPlace } from './step-command.ts';
import { stepsBefore } from './steps-before.ts';

export interface StepsDeps extends StepDeps, StepPlace {
  readonly now: () => Date;
  /** What became of a step. */
  readonly onStep: (index: number, change: Partial<BuildStep>) => void;
}

/**
 * Runs the steps of a build, each when those are over that it waits for. The first that fails ends
 * the others. @throws BuildFailure, the signal's reason
 */
export async function runSteps(build: Build, deps: StepsDeps): Promise<void> {
  const before = stepsBefore(build.steps);
  const stop = new AbortController();
  const signal = AbortSignal.any([deps.signal, stop.signal]);
  const runs: Promise<void>[] = [];
  for (const [index] of build.steps.entries()) {
    const waiting = (before[index] ?? []).flatMap((one) => runs[one] ?? []);
    const run = Promise.all(waiting).then(() => runOne(build, index, { ...deps, signal }));
    runs.push(run);
    run.catch((error: unknown) => stop.abort(error));
  }
  const ended = await Promise.allSettled(runs);
  if (deps.signal.aborted) throw deps.signal.reason;
  if (stop.signal.aborted) throw stop.signal.reason;
  const rejected = ended.find(({ status }) => status === 'rejected');
  if (rejected?.status === 'rejected') throw rejected.reason;
}

async function runOne(build: Build, index: number, deps: StepsDeps): Promise<void> {
  const { onStep, now } = deps;
  const step = build.steps[index] ?? {};
  const startTime = now().toISOString();
  const say = lineWriter(build, index, deps);
  say.title('Starting');
  onStep(index, { status: 'WORKING', timing: { startTime } });
  const end = (status: BuildStatus, exitCode = 0): void =>
    onStep(index, { status, exitCode, timing: { startTime, endTime: now().toISOString() } });
  const timeout = stepTimeout(step);
  const signal = AbortSignal.any([deps.signal, ...(timeout ? [timeout] : [])]);
  try {
    const command = await stepCommand(build, index, deps);
    const exitCode = await runStep(command, { ...deps, signal, onLine: say.line });
    const isGood = exitCode === 0 || step.allowExitCodes?.includes(exitCode) === true;
    end(isGood ? 'SUCCESS' : 'FAILURE', exitCode);
    if (!isGood && !step.allowFailure) throw stepFailed(step, index, exitCode);
    say.title('Finished');
  } catch (error) {
    if (!signal.aborted) throw error;
    end(timeout?.aborted ? 'TIMEOUT' : 'CANCELLED');
    if (!timeout?.aborted) throw error;
    const detail = `build ${stepTitle(step, index)} ran longer than its timeout, ${step.timeout}`;
    throw new BuildFailure('TIMEOUT', 'USER_BUILD_STEP', detail);
  }
}

function stepTimeout({ timeout }: BuildStep): AbortSignal | null {
  return timeout === undefined ? null : AbortSignal.timeout(Number.parseFloat(timeout) * 1000);
}

function stepFailed(step: BuildStep, index: number, exitCode: number): BuildFailure {
  const detail = `build ${stepTitle(step, index)} failed: step exited with non-zero status: ${exitCode}`;
  return new BuildFailure('FAILURE', 'USER_BUILD_STEP', detail);
}

/** Lines of one of several steps say which. */
function lineWriter({ steps }: Build, index: number, { onLine }: StepDeps) {
  const { id } = steps[index] ?? {};
  const step = `Step #${index}${id ? ` - "${id}"` : ''}`;
  const isOnly = steps.length === 1;
  return {
    title: (what: string): void => {
      if (!isOnly) onLine(`${what} ${step}`);
    },
    line: (text: string): void => onLine(isOnly ? text : `${step}: ${text}`),
  };
}
