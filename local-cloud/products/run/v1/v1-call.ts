import { z } from 'zod';
import type { FaultBook } from '../../../fault/fault-book.ts';
import type { Call, Handlers } from '../../../protocol/handler.ts';
import { StatusError } from '../../../protocol/status-error.ts';
import type { RestCall } from '../../identity/rest-method.ts';
import type { KeptService } from '../resource/resource.ts';
import type { RunDeps } from '../run-deps.ts';

export interface V1Deps {
  readonly run: RunDeps;
  /** Of v2: what v1 asks for is done there. */
  readonly handlers: Handlers;
  readonly faults: FaultBook;
}

export const SERVICE = 'google.cloud.run.v1';
export const NAMESPACE = '/apis/serving\\.knative\\.dev/v1/namespaces/(?<project>[^/]+)';
export const deleteOptions = z.looseObject({}).optional();

/** Calls a method of v2. */
export async function ask(
  handlers: Handlers,
  { service: kind, method }: { service: string; method: string },
  request: object,
): Promise<object> {
  const full = `google.cloud.run.v2.${kind}`;
  const handler = handlers[full]?.[method];
  if (!handler) throw new Error(`there is no ${full}.${method}`);
  const { signal } = new AbortController();
  const call: Call = { service: full, method, transport: 'rest', signal };
  return handler(request as never, call);
}

/** `us-central1` of `us-central1-run.localhost`: gcloud puts the region before the host. */
export function regionOf(host: string): string | undefined {
  return /^([a-z]+-[a-z]+\d+|[a-z0-9-]+?)-run\./.exec(host)?.[1];
}

interface Place {
  readonly project?: string;
  readonly region?: string;
}

/** Everywhere, without a region. */
export function isAt({ project, region = '-' }: Place): (kept: KeptService) => boolean {
  return ({ resource }) => {
    const [, itsProject, , itsRegion] = resource.name.split('/');
    return itsProject === project && (region === '-' || itsRegion === region);
  };
}

/** Those of the call's project, and of its region when the host names one. */
export function servicesAt({ store }: RunDeps, { variables, host }: RestCall<unknown>) {
  return store.services().filter(isAt({ ...variables, region: regionOf(host) }));
}

export function notFound(kind: string, { variables, host }: RestCall<unknown>): StatusError {
  const { id, project } = variables;
  const place = `in region '${regionOf(host) ?? '-'}' in project '${project}'`;
  return new StatusError(
    'NOT_FOUND',
    `Resource '${id}' of kind '${kind}' ${place} does not exist.`,
  );
}

/** All of it: pages begin only beyond what anybody keeps here. */
export function listOf(kind: string, items: readonly object[], query: URLSearchParams): object {
  if (query.get('continue'))
    throw new StatusError('INVALID_ARGUMENT', 'the continue token is not one that was given');
  return { apiVersion: 'serving.knative.dev/v1', kind: `${kind}List`, metadata: {}, items };
}
