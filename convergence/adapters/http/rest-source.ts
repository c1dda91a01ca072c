import type { Clock } from 'base/clock.ts';
import { AppError } from 'base/error.ts';
import type { Agent } from 'undici';
import { fail } from '../../engine/error-codes.ts';
import type { PageReader } from '../../engine/flow/extract/page-reader.ts';
import { resolveResources } from '../../engine/flow/extract/resolve-resources.ts';
import type { Extraction, ExtractRequest, Source } from '../../engine/flow/source.ts';
import type { RestSourceSpec } from '../../engine/pipeline/spec/rest-source-spec.ts';
import type { SourceSpec } from '../../engine/pipeline/spec/source-spec.ts';
import { budgetKeyOf } from './credentials.ts';
import { extractResource } from './extract-resource.ts';
import { createAgent } from './guarded-connect.ts';
import { RequestBudget } from './request-budget.ts';
import { SourceClient } from './source-client.ts';

export interface RestSourceDeps {
  readonly pages: PageReader;
  readonly clock: Clock;
  /** From 0 to below 1, as `Math.random`: the jitter of retries. */
  readonly random: () => number;
  /** The operator's decision: whether sources may be in private networks or on this machine. */
  readonly allowPrivateAddresses: boolean;
}

/** A `Source` that holds connections until it is closed. */
export interface RestSource extends Source {
  close(): Promise<void>;
}

/** Sources with `type: rest_api`. One for the process: it holds the budget of each credential. */
export function createRestSource(deps: RestSourceDeps): RestSource {
  const agent = createAgent(deps);
  const budgets = new Map<string, RequestBudget>();
  return {
    resources: (source) =>
      resolveResources(restSpecOf(source)).map(({ name, parent }) => ({
        name,
        parents: parent ? [parent.name] : [],
      })),
    extract: (_scope, request) => extract(request, { ...deps, agent, budgets }),
    close: () => agent.close(),
  };
}

async function extract(
  request: ExtractRequest,
  deps: RestSourceDeps & { agent: Agent; budgets: Map<string, RequestBudget> },
): Promise<Extraction> {
  const spec = restSpecOf(request.source);
  const resource = resolveResources(spec).find(({ name }) => name === request.resource);
  if (!resource) {
    throw fail('resource_absent', `The source has no resource '${request.resource}'`);
  }
  const key = budgetKeyOf(spec.client);
  const budget = deps.budgets.get(key) ?? new RequestBudget(deps.clock);
  deps.budgets.set(key, budget);
  const http = new SourceClient(spec.client, { ...deps, budget, onNotice: request.onNotice });
  try {
    return await extractResource({ spec, resource }, request, { http, pages: deps.pages });
  } catch (error) {
    throw maskError(error, http.mask);
  }
}

/** What a source writes into its answers may repeat our secrets. */
function maskError(error: unknown, mask: (text: string) => string): unknown {
  if (!(error instanceof AppError) || mask(error.message) === error.message) return error;
  const { code, kind, hint, details } = error;
  return new AppError({ code, kind, hint, details, message: mask(error.message) });
}

function restSpecOf(source: SourceSpec): RestSourceSpec {
  if (source.type === 'rest_api') return source;
  throw fail('internal', `A source of type ${source.type} came to the rest_api source`);
}
