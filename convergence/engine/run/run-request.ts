import { mergeParameters } from '../pipeline/merge-parameters.ts';
import { queueOf } from '../pipeline/spec/queue-spec.ts';
import { requirePipeline } from '../pipeline/tenant-config.ts';
import type { TenantConfig } from '../pipeline/tenant-config.ts';
import type { RunRequest } from './run-store.ts';

/**
 * A trigger held against what the tenant declares.
 * @throws pipeline_absent, config_invalid, parameter_unknown, parameter_invalid
 */
export function runRequestOf(
  config: TenantConfig,
  asked: Omit<RunRequest, 'concurrency' | 'queue' | 'sources'>,
): RunRequest {
  const pipeline = requirePipeline(config, asked.pipelineId);
  const { concurrency } = pipeline;
  return {
    ...asked,
    parameters: mergeParameters(pipeline, asked.parameters),
    queue: queueOf(pipeline),
    sources: config.sources.size,
    priority: asked.priority ?? pipeline.priority,
    ...(concurrency && {
      concurrency: { limit: concurrency.limit, onConflict: concurrency.on_conflict },
    }),
  };
}
