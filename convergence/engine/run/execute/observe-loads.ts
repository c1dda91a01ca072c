import type { RuleVerdict } from '../../flow/check/verdict.ts';
import type { LoadJudgement, LoadObserver, LoadProgress, LoadReport } from '../../flow/load.ts';
import type { OpenRun, RunDeps } from './open-run.ts';
import type { NewRunEvent, RuleResult } from '../run.ts';
import type { StepTally } from './step-job.ts';

interface ObservedStep {
  readonly step: { readonly name: string };
  readonly tally: StepTally;
}

/** Tells the followers of a run, and the tally of the step, what happens to its resources. */
export function observeLoads(
  run: OpenRun,
  { step, tally }: ObservedStep,
  deps: RunDeps,
): LoadObserver {
  const write = (level: NewRunEvent['level'], message: string, detail: NewRunEvent['detail']) =>
    writeLog(run, { step: step.name, kind: 'log', level, message, detail }, deps);
  return {
    progress(progress) {
      if (progress.phase === 'stage') deps.meter.staged(progress.bytes);
      deps.queue.sendProgress(run.claim, progressEvent(step.name, progress));
    },
    noticed: (message) => write('warn', message, {}),
    judged(judgement) {
      tally.rowsIn += judgement.rowsIn;
      tally.rowsQuarantined += judgement.rowsQuarantined;
      tally.results.push(...toResults(step.name, judgement.table, judgement.verdicts));
      for (const line of badRuleLines(judgement)) write('warn', line, { table: judgement.table });
    },
    loaded(report) {
      tally.rowsLoaded += report.rowsLoaded;
      write('info', loadedLine(report), { ...report });
    },
  };
}

/** A line that cannot be written does not stop the work; the state of the step will. */
export function writeLog(run: OpenRun, event: NewRunEvent, deps: RunDeps): void {
  deps.queue.appendEvents(run.claim, [event]).catch((error: unknown) => {
    deps.log.warn('a line of a run log was lost', { error });
  });
}

export function toResults(
  step: string,
  table: string,
  verdicts: readonly RuleVerdict[],
): RuleResult[] {
  return verdicts.map((verdict) => ({ step, table, ...verdict }));
}

function progressEvent(step: string, progress: LoadProgress): NewRunEvent {
  const { resource, phase, rows, bytes, parts } = progress;
  const message = `${resource}: ${phase}`;
  const detail = { resource, phase, rows, bytes, parts };
  return { step, kind: 'progress', level: 'info', message, detail };
}

function badRuleLines({ table, verdicts }: LoadJudgement): string[] {
  return verdicts
    .filter((verdict) => !verdict.passed)
    .map((verdict) =>
      verdict.problem
        ? `${table}: rule ${verdict.ruleId} could not be measured: ${verdict.problem}`
        : `${table}: rule ${verdict.ruleId} failed for ${verdict.rowsFailed} of ${verdict.rowsTested} rows`,
    );
}

function loadedLine(report: LoadReport): string {
  if (report.unchanged) return `${report.table}: nothing new`;
  const set = report.rowsQuarantined > 0 ? `, ${report.rowsQuarantined} quarantined` : '';
  return `${report.table}: ${report.rowsLoaded} rows loaded of ${report.rowsIn}${set}`;
}
