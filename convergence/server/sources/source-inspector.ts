import type { NextId } from 'base/id.ts';
import type { Part } from '../../engine/flow/part.ts';
import type { PartStore } from '../../engine/flow/extract/parts/part-store.ts';
import type { Extraction, Preview, Source } from '../../engine/flow/source.ts';
import type { SourceSpec } from '../../engine/pipeline/spec/source-spec.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import type { SourceInspector, SourcePlace } from '../api/api-deps.ts';

interface InspectorDeps {
  readonly sources: Readonly<Record<SourceSpec['type'], Source>>;
  readonly parts: PartStore;
  readonly nextId: NextId;
  previewParts(parts: readonly Part[], limit: number, signal: AbortSignal): Promise<Preview>;
}

/** Looks at sources through a first page that nobody loads, and leaves nothing behind. */
export function createSourceInspector(deps: InspectorDeps): SourceInspector {
  return {
    checkResource: (scope, place) => withFirstPage(scope, { place, use: async () => {} }, deps),
    previewResource: (scope, place, limit) => {
      const use = (parts: readonly Part[]) => deps.previewParts(parts, limit, place.signal);
      return withFirstPage(scope, { place, use }, deps);
    },
  };
}

interface Look<T> {
  readonly place: SourcePlace;
  readonly use: (parts: readonly Part[]) => Promise<T>;
}

async function withFirstPage<T>(
  scope: TenantScope,
  { place, use }: Look<T>,
  deps: InspectorDeps,
): Promise<T> {
  const runId = `look-${deps.nextId()}`;
  const extractOne = async (name: string): Promise<Extraction> => {
    const order = deps.sources[place.source.type].resources(place.source);
    const parents: Record<string, Extraction> = {};
    for (const parent of order.find((one) => one.name === name)?.parents ?? []) {
      parents[parent] = await extractOne(parent);
    }
    const load = { runId, step: 'look', resource: name, fence: 0n };
    const { path: folder } = await deps.parts.openFolder(scope, load);
    return deps.sources[place.source.type].extract(scope, {
      source: place.source,
      resource: name,
      state: null,
      folder,
      parents,
      maxPages: 1,
      signal: place.signal,
      onProgress: () => {},
    });
  };
  try {
    const { parts } = await extractOne(place.resource);
    return await use(parts);
  } finally {
    await deps.parts.discardRun(scope, runId);
  }
}
