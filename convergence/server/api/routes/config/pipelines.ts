import type { PipelineSpec } from '../../../../engine/pipeline/spec/pipeline-spec.ts';
import { findBeyondPlan } from '../../../../engine/pipeline/document/beyond-plan.ts';
import { planOf } from '../../../../engine/tenant/plan/plan.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { stepDependencies } from '../../../../engine/pipeline/step-graph.ts';
import { requirePipeline } from '../../../../engine/pipeline/tenant-config.ts';
import type { TenantConfig } from '../../../../engine/pipeline/tenant-config.ts';
import { scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import {
  pipelineAnswer,
  pipelineListAnswer,
  pipelineParams,
  problemListAnswer,
} from '../../contract/config/pipeline.ts';
import type {
  PipelineAnswer,
  PipelineListAnswer,
  PipelineSummary,
  ProblemListAnswer,
} from '../../contract/config/pipeline.ts';
import type { ApiDeps } from '../../api-deps.ts';
import { readConfig, readDeclared } from './read-config.ts';
import type { ConfigDeps } from './read-config.ts';

type PipelineDeps = ConfigDeps & Pick<ApiDeps, 'plans' | 'tenants'>;

const config = { access: 'read' } as const;
const tags = ['pipelines'];

/** What the files of the caller declare. */
export function addPipelineRoutes(api: Api, deps: PipelineDeps): void {
  const list = { config, schema: { tags, response: { 200: pipelineListAnswer } } };
  api.get('/api/v1/pipelines', list, async (request) =>
    presentPipelines(await readConfig(scopeOf(request), deps)),
  );

  const response = { 200: pipelineAnswer };
  const one = { config, schema: { tags, params: pipelineParams, response } };
  api.get('/api/v1/pipelines/:pipeline_id', one, async (request) => {
    const declared = await readConfig(scopeOf(request), deps);
    return presentPipeline(requirePipeline(declared, request.params.pipeline_id));
  });

  const summary = 'Every mistake in files and documents, and what goes beyond the plan.';
  const problems = { config, schema: { tags, summary, response: { 200: problemListAnswer } } };
  api.get('/api/v1/config/problems', problems, (request) => findProblems(scopeOf(request), deps));
}

async function findProblems(scope: TenantScope, deps: PipelineDeps): Promise<ProblemListAnswer> {
  const { files, config: declared } = await readDeclared(scope, deps);
  const { plan: name } = await deps.tenants.getTenant(scope.tenantId);
  const plan = { name, ...planOf(await deps.plans.read(), name) };
  const beyond = findBeyondPlan(declared, files, plan);
  return { problems: [...declared.problems, ...beyond.problems], remarks: [...beyond.remarks] };
}

function presentPipelines(declared: TenantConfig): PipelineListAnswer {
  const pipelines = [...declared.pipelineFiles].map(([id, file]): PipelineSummary => {
    const spec = declared.pipelines.get(id);
    return spec
      ? { ...summarize(spec), runnable: !declared.brokenFiles.has(file) }
      : { pipeline_id: id, description: null, schedule: null, steps: 0, runnable: false };
  });
  return { pipelines, problems: [...declared.problems] };
}

function summarize(spec: PipelineSpec): Omit<PipelineSummary, 'runnable'> {
  return {
    pipeline_id: spec.pipeline_id,
    description: spec.description ?? null,
    schedule: spec.schedule ?? null,
    steps: spec.steps.length,
  };
}

function presentPipeline(spec: PipelineSpec): PipelineAnswer {
  const dependencies = stepDependencies(spec.steps);
  return {
    ...summarize(spec),
    runnable: true,
    parameters: spec.parameters,
    steps: spec.steps.map((step) => ({
      name: step.name,
      type: step.type,
      description: step.description ?? null,
      depends_on: dependencies.get(step.name) ?? [],
      on_failure: step.on_failure,
    })),
  };
}
