import type { JudgePolicy } from '../../service/rollout-spec.ts';
import { failing, healthy, slower } from './fault.ts';
import { runJudge } from './run-canary.ts';
import { summarizeRuns } from './summarize-runs.ts';
import type { RunSummary } from './summarize-runs.ts';

export interface SimulateRequest {
  readonly requestsPerSecond: number;
  /** Of a healthy release, 0 to 1. */
  readonly errorRate: number;
  /** Percent for the canary. */
  readonly traffic: number;
  readonly minutes: number;
  readonly policy: JudgePolicy;
  /** Canaries of each row; 200 take a second or two in all. */
  readonly runs: number;
  readonly seed: number;
}

export interface SimulatedRow extends RunSummary {
  /** `nothing wrong`, `errors x2`, …: for a person. */
  readonly fault: string;
}

/** What the judge would do with this traffic, for faults from none to an outage. */
export function simulateTable(request: SimulateRequest): SimulatedRow[] {
  const { requestsPerSecond, errorRate, minutes, policy, runs, seed } = request;
  const well = healthy({ requestsPerSecond, errorRate, percent: request.traffic, minutes });
  const times = (factor: number) => Math.min(1, errorRate * factor);
  const faults = {
    'nothing wrong': well,
    'errors x2': failing(well, times(2)),
    'errors x5': failing(well, times(5)),
    'errors x5 from half time': failing(well, times(5), minutes * 30),
    '20 % errors': failing(well, Math.max(0.2, errorRate)),
    'latency x1.1': slower(well, 1.1),
    'latency x1.3': slower(well, 1.3),
    'latency x2': slower(well, 2),
  };
  return Object.entries(faults).map(([fault, scenario], row) => ({
    fault,
    ...summarizeRuns(runJudge(scenario, policy, { runs, seed: seed + row })),
  }));
}
