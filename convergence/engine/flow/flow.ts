import { loadSpecOf } from '../pipeline/spec/load-spec.ts';
import type { TenantScope } from '../tenant/tenant-scope.ts';
import { loadFamily } from './load/load-family.ts';
import type { FlowDeps, Ingest, ResourceLoad } from './load.ts';
import type { Source } from './source.ts';

/**
 * The journey of a row: the resources of a source are extracted, normalized, checked and published,
 * each family of parents and children for itself. Called by a worker for an ingest step, and again
 * after a crash at any point: what was fetched is not fetched twice, what was published is not
 * published twice.
 */
export async function ingestSource(
  scope: TenantScope,
  ingest: Ingest,
  deps: FlowDeps,
): Promise<void> {
  const order = deps.sources[ingest.source.type].resources(ingest.source);
  const needed = neededParents(ingest, order);
  const families = new Map<string, ResourceLoad[]>();
  const eldestOf = new Map<string, string>();
  for (const { name, parents } of order) {
    if (!isWanted(ingest, name) && !needed.has(name)) continue;
    const eldest = parents.map((parent) => eldestOf.get(parent)).find(Boolean) ?? name;
    eldestOf.set(name, eldest);
    const family = families.get(eldest) ?? [];
    families.set(eldest, [...family, planLoad(ingest, name, parents)]);
  }
  for (const family of families.values()) await loadFamily(scope, family, deps);
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

function planLoad(ingest: Ingest, resource: string, parents: readonly string[]): ResourceLoad {
  return {
    ingest,
    parents,
    wanted: isWanted(ingest, resource),
    spec: loadSpecOf(ingest.source, resource),
    folder: { runId: ingest.rootRunId, step: ingest.step, resource, fence: ingest.fence },
    loadId: `${ingest.rootRunId}/${ingest.step}/${resource}`,
    stateKey: `${ingest.sourceFile}#${resource}`,
  };
}
