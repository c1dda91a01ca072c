import type { Clock } from 'base/clock.ts';
import type { Log } from 'base/log.ts';
import { fail } from '../../error-codes.ts';
import type { FlowDeps } from '../../flow/load.ts';
import { configError } from '../../pipeline/config-error.ts';
import type { ConfigStore } from '../../pipeline/config-store.ts';
import { loadTenantConfig } from '../../pipeline/load-tenant-config.ts';
import { mergeParameters } from '../../pipeline/merge-parameters.ts';
import type { PipelineSpec } from '../../pipeline/spec/pipeline-spec.ts';
import { resolveValues } from '../../pipeline/resolve-values.ts';
import type { ValueContext } from '../../pipeline/resolve-values.ts';
import { dayAfter } from '../../pipeline/run-values.ts';
import type { TenantConfig } from '../../pipeline/tenant-config.ts';
import { pinSecrets } from '../../tenant/secret/pin-secrets.ts';
import type { SecretStore } from '../../tenant/secret-store.ts';
import { tenantScope } from '../../tenant/tenant-scope.ts';
import type { TenantScope } from '../../tenant/tenant-scope.ts';
import type { RunMeter } from '../trace/run-meter.ts';
import type { Claim, RunQueue } from '../run-queue.ts';
import type { RunQuota } from './run-quota.ts';
import type { Run } from '../run.ts';
import type { Tracer } from '../trace/tracer.ts';

export interface RunDeps extends FlowDeps {
  readonly queue: RunQueue;
  readonly quota: RunQuota;
  readonly configs: ConfigStore;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  /** From 0 to below 1, as `Math.random`. */
  readonly random: () => number;
  readonly log: Log;
  readonly meter: RunMeter;
  readonly tracer: Tracer;
}

/** A claimed run with everything that its steps need to know. */
export interface OpenRun {
  readonly scope: TenantScope;
  readonly claim: Claim;
  readonly config: TenantConfig;
  readonly pipeline: PipelineSpec;
  readonly values: ValueContext;
  /** Values of secrets that steps have used so far; masked in every message. */
  readonly usedSecrets: Set<string>;
  readonly signal: AbortSignal;
}

/**
 * Reads the configs of the tenant as they are now.
 * @throws pipeline_absent, config_invalid, parameter_unknown, parameter_invalid, quota_exceeded
 */
export async function openRun(claim: Claim, signal: AbortSignal, deps: RunDeps): Promise<OpenRun> {
  const scope = tenantScope(claim.tenantId);
  const files = await deps.configs.readConfig(scope);
  const config = loadTenantConfig(files, await deps.secrets.listSecrets(scope));
  const pipeline = findPipeline(config, claim.run.pipelineId);
  await deps.quota.checkSources(claim, config.sources.size);
  const values = {
    tenantId: scope.tenantId,
    runId: claim.run.runId,
    ...daysOf(claim.run),
    params: mergeParameters(pipeline, claim.run.parameters),
    readSecret: pinSecrets((name) => deps.secrets.readSecret(scope, name)),
  };
  return { scope, claim, config, pipeline, values, usedSecrets: new Set(), signal };
}

function daysOf({ interval, createdAt }: Run): Pick<ValueContext, 'runDate' | 'intervalEnd'> {
  if (interval) return { runDate: interval.start, intervalEnd: interval.end };
  const runDate = createdAt.toISOString().slice(0, 10);
  return { runDate, intervalEnd: dayAfter(runDate) };
}

/** A spec with its `{{ }}` filled in; the secrets in it are masked from then on. */
export async function resolveInRun<T>(run: OpenRun, spec: T): Promise<T> {
  const { value, secrets } = await resolveValues(spec, run.values);
  for (const secret of secrets) run.usedSecrets.add(secret);
  return value;
}

function findPipeline(config: TenantConfig, pipelineId: string): PipelineSpec {
  const pipeline = config.pipelines.get(pipelineId);
  const file = config.pipelineFiles.get(pipelineId);
  if (file !== undefined && config.brokenFiles.has(file)) {
    const related = new Set([file, ...(config.leansOn.get(file) ?? [])]);
    throw configError(config.problems.filter((problem) => related.has(problem.file)));
  }
  if (!pipeline) throw fail('pipeline_absent', `there is no pipeline '${pipelineId}' any more`);
  return pipeline;
}
