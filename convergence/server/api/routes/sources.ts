import { AppError } from 'base/error.ts';
import type { FastifyRequest } from 'fastify';
import type { TenantConfig } from '../../../engine/pipeline/tenant-config.ts';
import { configError } from '../../../engine/pipeline/config-error.ts';
import { resolveValues } from '../../../engine/pipeline/resolve-values.ts';
import { dayAfter } from '../../../engine/pipeline/run-values.ts';
import type { SourceSpec } from '../../../engine/pipeline/spec/source-spec.ts';
import { fail } from '../../../engine/error-codes.ts';
import { failureOf } from '../../../engine/run/execute/failure.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { scopeOf } from '../access.ts';
import type { Api } from '../api.ts';
import type { ApiDeps, SourcePlace } from '../api-deps.ts';
import {
  sourceCheckAnswer,
  sourceCheckBody,
  sourcePreviewAnswer,
  sourcePreviewBody,
} from '../contract/source.ts';
import type { SourceCheckAnswer, SourceCheckBody } from '../contract/source.ts';
import { signalOf } from '../request-signal.ts';
import { readConfig } from './config/read-config.ts';

type SourceDeps = Pick<ApiDeps, 'clock' | 'configs' | 'secrets' | 'sources'>;
type CheckedResource = SourceCheckAnswer['resources'][number];

const config = { access: 'run' } as const;
const tags = ['sources'];
const TIMEOUT_MS = 60_000;

/** A look at a source before anything is loaded from it. */
export function addSourceRoutes(api: Api, deps: SourceDeps): void {
  const check = { tags, body: sourceCheckBody, response: { 200: sourceCheckAnswer } };
  api.post('/api/v1/sources/check', { config, schema: check }, async (request, reply) => {
    const { resource } = request.body;
    const look = await openSource(request, request.body, deps);
    const { source, signal } = { ...look, signal: signalOf(reply, TIMEOUT_MS) };
    const names = resource === undefined ? namesOf(source) : [requireResource(source, resource)];
    const checks = names.map((name) => checkResource(look, { resource: name, signal }, deps));
    const resources = await Promise.all(checks);
    return { ok: resources.every(({ ok }) => ok), resources };
  });

  const preview = { tags, body: sourcePreviewBody, response: { 200: sourcePreviewAnswer } };
  api.post('/api/v1/sources/preview', { config, schema: preview }, async (request, reply) => {
    const { scope, source, secrets } = await openSource(request, request.body, deps);
    const resource = requireResource(source, request.body.resource);
    const at = { source, resource, signal: signalOf(reply, TIMEOUT_MS) };
    try {
      const found = await deps.sources.previewResource(scope, at, request.body.limit);
      return { columns: [...found.columns], rows: [...found.rows] };
    } catch (error) {
      throw error instanceof AppError ? new AppError(failureOf(error, secrets)) : error;
    }
  });
}

interface Look {
  readonly scope: TenantScope;
  /** With its `{{ }}` filled in. */
  readonly source: SourceSpec;
  /** Values in it that no answer may show. */
  readonly secrets: readonly string[];
}

async function openSource(
  request: FastifyRequest,
  asked: SourceCheckBody,
  deps: SourceDeps,
): Promise<Look> {
  const scope = scopeOf(request);
  const spec = findSource(await readConfig(scope, deps), asked.source);
  const runDate = deps.clock.now().toISOString().slice(0, 10);
  const { value: source, secrets } = await resolveValues(spec, {
    tenantId: scope.tenantId,
    runId: request.id,
    runDate,
    intervalEnd: dayAfter(runDate),
    params: asked.parameters ?? {},
    readSecret: (name) => deps.secrets.readSecret(scope, name),
  });
  return { scope, source, secrets };
}

async function checkResource(
  { scope, source, secrets }: Look,
  at: Omit<SourcePlace, 'source'>,
  deps: SourceDeps,
): Promise<CheckedResource> {
  const startedMs = performance.now();
  const failure = await deps.sources.checkResource(scope, { ...at, source }).then(
    () => null,
    (error: unknown) => failureOf(error, secrets),
  );
  const elapsedMs = Math.round(performance.now() - startedMs);
  return { name: at.resource, ok: failure === null, elapsed_ms: elapsedMs, failure };
}

function findSource(declared: TenantConfig, file: string): SourceSpec {
  if (declared.brokenFiles.has(file)) throw configError(problemsOf(declared, file));
  const source = declared.sources.get(file);
  if (source) return source;
  const known = [...declared.sources.keys()].join(', ') || 'none';
  throw fail('source_absent', `There is no source '${file}'.`, { hint: `There is ${known}.` });
}

function problemsOf(declared: TenantConfig, file: string): TenantConfig['problems'] {
  const files = declared.leansOn.get(file) ?? [file];
  return declared.problems.filter((problem) => files.includes(problem.file));
}

function namesOf(source: SourceSpec): string[] {
  return source.resources.map((resource) =>
    typeof resource === 'string' ? resource : resource.name,
  );
}

function requireResource(source: SourceSpec, name: string): string {
  const known = namesOf(source);
  if (known.includes(name)) return name;
  throw fail('resource_absent', `The source has no resource '${name}'.`, {
    hint: `It has ${known.join(', ')}.`,
  });
}
