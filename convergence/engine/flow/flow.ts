import { loadSpecOf } from '../pipeline/spec/load-spec.ts';
import type { TenantScope } from '../tenant/tenant-scope.ts';
import { loadResource } from './load-resource.ts';
import type { FlowDeps, Ingest, ResourceLoad } from './load.ts';
import type { Extraction, Source } from './source.ts';

/**
 * The journey of a row: each resource of a source is extracted, normalized, checked and published,
 * parents before children. Called by a worker for an ingest step, and again after a crash at any
 * point: what was fetched is not fetched twice, what was published is not published twice.
 */
export async function ingestSource(
  scope: TenantScope,
  ingest: Ingest,
  deps: FlowDeps,
): Promise<void> {
  const order = deps.sources[ingest.source.type].resources(ingest.source);
  const needed = neededParents(ingest, order);
  const extractions: Record<string, Extraction> = {};
  for (const { name, parents } of order) {
    if (!isWanted(ingest, name) && !needed.has(name)) continue;
    const load = planLoad(ingest, name, {
      wanted: isWanted(ingest, name),
      isParent: needed.has(name),
      parents: pick(extractions, parents),
    });
    const { extraction, report } = await loadResource(scope, load, deps);
    if (extraction) extractions[name] = extraction;
    if (report) ingest.observer.loaded(report);
  }
}

type Order = ReturnType<Source['resources']>;

/** Parents come before their children in the order, so one walk backwards finds grandparents too. */
function neededParents(ingest: Ingest, order: Order): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const { name, parents } of order.toReversed()) {
    if (!isWanted(ingest, name) && !needed.has(name)) continue;
    for (const parent of parents) needed.add(parent);
  }
  return needed;
}

function isWanted(ingest: Ingest, resource: string): boolean {
  return ingest.only === null || ingest.only.includes(resource);
}

function planLoad(
  ingest: Ingest,
  resource: string,
  place: Pick<ResourceLoad, 'wanted' | 'isParent' | 'parents'>,
): ResourceLoad {
  return {
    ...place,
    ingest,
    spec: loadSpecOf(ingest.source, resource),
    folder: { runId: ingest.rootRunId, step: ingest.step, resource, fence: ingest.fence },
    loadId: `${ingest.rootRunId}/${ingest.step}/${resource}`,
    stateKey: `${ingest.sourceFile}#${resource}`,
  };
}

function pick<T>(values: Record<string, T>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}
