import type { FastifyRequest } from 'fastify';
import type { TenantConfig } from '../../../engine/pipeline/tenant-config.ts';
import { configError } from '../../../engine/pipeline/config-error.ts';
import type { SourceSpec } from '../../../engine/pipeline/source-spec.ts';
import { fail } from '../../../engine/error-codes.ts';
import { failureOf } from '../../../engine/run/failure.ts';
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
import type { SourceCheckAnswer } from '../contract/source.ts';
import { signalOf } from '../request-signal.ts';
import { readConfig } from './read-config.ts';

type SourceDeps = Pick<ApiDeps, 'configs' | 'secrets' | 'sources'>;
type CheckedResource = SourceCheckAnswer['resources'][number];

const config = { access: 'tenant' } as const;
const tags = ['sources'];
const TIMEOUT_MS = 60_000;

/** A look at a source before anything is loaded from it. */
export function addSourceRoutes(api: Api, deps: SourceDeps): void {
  const check = { tags, body: sourceCheckBody, response: { 200: sourceCheckAnswer } };
  api.post('/api/v1/sources/check', { config, schema: check }, async (request, reply) => {
    const { source: file, resource } = request.body;
    const source = await findSource(request, file, deps);
    const names = resource === undefined ? namesOf(source) : [requireResource(source, resource)];
    const signal = signalOf(reply, TIMEOUT_MS);
    const checks = names.map((name) =>
      checkResource(scopeOf(request), { source, resource: name, signal }, deps),
    );
    const resources = await Promise.all(checks);
    return { ok: resources.every(({ ok }) => ok), resources };
  });

  const preview = { tags, body: sourcePreviewBody, response: { 200: sourcePreviewAnswer } };
  api.post('/api/v1/sources/preview', { config, schema: preview }, async (request, reply) => {
    const source = await findSource(request, request.body.source, deps);
    const resource = requireResource(source, request.body.resource);
    const at = { source, resource, signal: signalOf(reply, TIMEOUT_MS) };
    const found = await deps.sources.previewResource(scopeOf(request), at, request.body.limit);
    return { columns: [...found.columns], rows: [...found.rows] };
  });
}

async function checkResource(
  scope: TenantScope,
  at: SourcePlace,
  deps: SourceDeps,
): Promise<CheckedResource> {
  const startedMs = performance.now();
  const outcome = async () => {
    try {
      await deps.sources.checkResource(scope, at);
      return null;
    } catch (error) {
      return failureOf(error, []);
    }
  };
  const failure = await outcome();
  const elapsedMs = Math.round(performance.now() - startedMs);
  return { name: at.resource, ok: failure === null, elapsed_ms: elapsedMs, failure };
}

async function findSource(
  request: FastifyRequest,
  file: string,
  deps: SourceDeps,
): Promise<SourceSpec> {
  const declared = await readConfig(scopeOf(request), deps);
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
