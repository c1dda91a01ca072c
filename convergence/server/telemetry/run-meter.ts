import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { RunMeter } from '../../engine/run/trace/run-meter.ts';
import type { StepRecord } from '../../engine/run/run.ts';

const WAIT_SECONDS = [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1_800, 7_200];
const STEP_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];

/** What the worker of this process did since it started. */
export function createRunMeter(registry: Registry): RunMeter {
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `convergence_${name}_total`, help, labelNames, registers });
  const waits = new Histogram({
    name: 'convergence_run_wait_seconds',
    help: 'From the admission of a run to the first time that a worker took it.',
    buckets: WAIT_SECONDS,
    registers,
  });
  const ended = counter('runs_ended', 'Runs that this worker ended, by their last state.', [
    'status',
  ]);
  const bytes = counter('extracted_bytes', 'Bytes of raw parts whose rows went to the warehouse.');
  const lost = counter('leases_lost', 'Runs that another worker took from this one.');
  const recordStep = createStepMeter(registry);
  return {
    taken({ attempt, createdAt }, now) {
      if (attempt === 1) waits.observe((now.getTime() - createdAt.getTime()) / 1_000);
    },
    stepEnded: recordStep,
    runEnded: (status) => ended.inc({ status }),
    staged: (count) => bytes.inc(count),
    leaseLost: () => lost.inc(),
  };
}

function createStepMeter(registry: Registry): (step: StepRecord) => void {
  const registers = [registry];
  const durations = new Histogram({
    name: 'convergence_step_duration_seconds',
    help: 'The last attempt of steps that ended, by type and state.',
    labelNames: ['type', 'status'],
    buckets: STEP_SECONDS,
    registers,
  });
  const rows = new Counter({
    name: 'convergence_rows_total',
    help: 'Rows of steps that ended: read from sources, loaded into tables, set aside.',
    labelNames: ['outcome'],
    registers,
  });
  const rules = new Counter({
    name: 'convergence_rules_total',
    help: 'Rules of data quality that were measured, by verdict.',
    labelNames: ['verdict'],
    registers,
  });
  return ({ type, status, startedAt, finishedAt, ...counts }) => {
    if (startedAt && finishedAt) {
      durations.observe({ type, status }, (finishedAt.getTime() - startedAt.getTime()) / 1_000);
    }
    rows.inc({ outcome: 'read' }, counts.rowsIn);
    rows.inc({ outcome: 'loaded' }, counts.rowsLoaded);
    rows.inc({ outcome: 'quarantined' }, counts.rowsQuarantined);
    rules.inc({ verdict: 'passed' }, counts.rulesPassed);
    rules.inc({ verdict: 'failed' }, counts.rulesFailed);
  };
}
