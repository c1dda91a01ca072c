import { placeFault } from 'base/document/parse-spec.ts';
import type { Problem } from 'base/document/problem.ts';
import { readYaml } from 'base/document/yaml-document.ts';
import type { Plan } from '../../tenant/plan/plan.ts';
import type { ConfigFiles } from '../config-store.ts';
import type { TenantConfig } from '../tenant-config.ts';

interface NamedPlan extends Pick<Plan, 'sources' | 'concurrentRuns'> {
  readonly name: string;
}

/** What a tenant declares beyond its plan. */
export interface BeyondPlan {
  /** With these no run is admitted. */
  readonly problems: readonly Problem[];
  /** These hold as far as the plan goes. */
  readonly remarks: readonly Problem[];
}

export function findBeyondPlan(
  config: TenantConfig,
  files: ConfigFiles,
  plan: NamedPlan,
): BeyondPlan {
  return { problems: surplusSources(config, plan), remarks: wideLanes(config, files, plan) };
}

/** Told at the first that is too many, by name: nobody knows which the tenant can spare. */
function surplusSources({ sources }: TenantConfig, plan: NamedPlan): Problem[] {
  const file = plan.sources === null ? undefined : [...sources.keys()].toSorted()[plan.sources];
  if (file === undefined) return [];
  const message = `the plan '${plan.name}' allows ${plan.sources} sources, and there are ${sources.size}`;
  return [
    { file, line: 1, column: 1, path: '', message, expected: 'fewer sources, or a larger plan' },
  ];
}

function wideLanes(config: TenantConfig, files: ConfigFiles, plan: NamedPlan): Problem[] {
  const allowed = plan.concurrentRuns;
  return [...config.pipelines.values()].flatMap(({ pipeline_id: id, concurrency }) => {
    const file = config.pipelineFiles.get(id) ?? '';
    const { document } = readYaml(file, files.get(file) ?? '');
    if (!document || !concurrency || allowed === null || concurrency.limit <= allowed) return [];
    const message = `the limit is ${concurrency.limit}, and the plan '${plan.name}' runs ${allowed} at a time`;
    const expected = `at most ${allowed}, or a larger plan`;
    return [placeFault(document, { path: ['concurrency', 'limit'], message, expected })];
  });
}
