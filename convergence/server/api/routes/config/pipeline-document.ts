import { fail } from '../../../../engine/error-codes.ts';
import { loadTenantConfig } from '../../../../engine/pipeline/load-tenant-config.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { readConfig } from './read-config.ts';
import type { ConfigDeps } from './read-config.ts';

/** The config that declares a pipeline, or where a new one would be kept. */
export async function pathOfPipeline(
  scope: TenantScope,
  pipelineId: string,
  deps: ConfigDeps,
): Promise<string> {
  const { pipelineFiles } = await readConfig(scope, deps);
  return pipelineFiles.get(pipelineId) ?? `pipelines/${encodeURIComponent(pipelineId)}.yml`;
}

/** @throws request_invalid when the text declares another pipeline than the address names */
export function requireSameId(pipelineId: string, path: string, text: string): void {
  const [declared] = loadTenantConfig(new Map([[path, text]])).pipelineFiles.keys();
  if (declared === undefined || declared === pipelineId) return;
  throw fail('request_invalid', `The document declares pipeline_id '${declared.slice(0, 100)}'.`, {
    hint: `Send it to the address of that pipeline, or let it declare '${pipelineId}'.`,
  });
}
