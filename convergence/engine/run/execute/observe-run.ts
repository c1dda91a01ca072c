import { withinTrace } from '../trace/trace-context.ts';
import { inSpan } from '../trace/tracer.ts';
import type { SpanAttributes } from '../trace/tracer.ts';
import type { Claim } from '../run-queue.ts';
import type { RunDeps } from './open-run.ts';

/** Carries out a run within the trace of the request that asked for it; each line names the run. */
export function observeRun(
  claim: Claim,
  deps: RunDeps,
  carryOut: (deps: RunDeps) => Promise<void>,
): Promise<void> {
  const { run } = claim;
  const { tenantId: tenant_id, pipelineId: pipeline_id, runId: run_id } = run;
  const log = deps.log.with({ tenant_id, pipeline_id, run_id });
  const attributes = runAttributes(claim);
  deps.meter.taken(run, deps.clock.now());
  return withinTrace(claim.trace, () => {
    if (run.attempt === 1) {
      const { createdAt: startedAt } = run;
      deps.tracer.startSpan({ name: 'wait in queue', attributes, startedAt }).end();
    }
    const start = { name: 'run', kind: 'consumer', attributes } as const;
    return inSpan(deps.tracer, start, () => carryOut({ ...deps, log }));
  });
}

/** By these a run's spans are found. */
export function runAttributes({ run }: Claim): SpanAttributes {
  return {
    'convergence.tenant_id': run.tenantId,
    'convergence.pipeline_id': run.pipelineId,
    'convergence.run_id': run.runId,
    'convergence.attempt': run.attempt,
  };
}
