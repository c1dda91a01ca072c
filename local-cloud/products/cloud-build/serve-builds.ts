import { randomUUID } from 'node:crypto';
import type { Fields } from '../../protocol/apply-paths.ts';
import type { Handler } from '../../protocol/handler.ts';
import { readPage } from '../../protocol/read-page.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { readBuildFilter } from './resource/build-filter.ts';
import { renderBuildOperation } from './resource/build-operation.ts';
import type { BuildRunner } from './build-runner.ts';
import type { BuildStore } from './build-store.ts';
import type { Build } from './resource/build.ts';
import type { Machine } from './machine.ts';
import { makeBuild } from './resource/make-build.ts';

export interface BuildHandlerDeps {
  readonly store: BuildStore;
  readonly runner: BuildRunner;
  readonly now: () => Date;
  readonly storageUrl: () => string;
  readonly machine: Machine;
}

interface CreateRequest {
  readonly parent?: string;
  readonly projectId?: string;
  readonly build: Fields;
}

/** By `name`, which has a location, or by project and id, which has none. */
interface BuildRef {
  readonly name?: string;
  readonly projectId?: string;
  readonly id?: string;
}

interface ListRequest extends PageRequest {
  readonly parent?: string;
  readonly projectId?: string;
  readonly filter?: string;
}

/** Builds of google.devtools.cloudbuild.v1.CloudBuild. */
export function serveBuilds(deps: BuildHandlerDeps): Readonly<Record<string, Handler>> {
  const { store, runner } = deps;
  return {
    CreateBuild: async ({ parent, projectId, build }: CreateRequest) =>
      begin(deps, build, parent || `projects/${projectId}/locations/global`),
    GetBuild: async (ref: BuildRef) => requireBuild(store, ref),
    ListBuilds: async ({ parent, projectId, filter, ...page }: ListRequest) => {
      const below = `${parent || `projects/${projectId}`}/`.replace('/locations/-/', '/');
      const isWanted = readBuildFilter(filter);
      const found = store.list().filter((one) => one.name.startsWith(below) && isWanted(one));
      const { items, ...more } = readPage(found.toReversed(), page);
      return { builds: items, ...more };
    },
    CancelBuild: async (ref: BuildRef) => {
      const { id } = requireBuild(store, ref);
      if (runner.cancel(id)) return requireBuild(store, ref);
      throw new StatusError('FAILED_PRECONDITION', `cannot cancel build "${id}": it has ended`);
    },
    RetryBuild: async (ref: BuildRef) => {
      const build = requireBuild(store, ref);
      const [parent = ''] = build.name.split('/builds/');
      return begin(deps, store.asked(build.id), parent);
    },
  };
}

async function begin(deps: BuildHandlerDeps, asked: Fields, parent: string): Promise<object> {
  const { store, runner, now, storageUrl, machine } = deps;
  const engine = await machine.engineFor(asked);
  const build = makeBuild(asked, {
    parent,
    id: randomUUID(),
    at: now().toISOString(),
    storageUrl: storageUrl(),
    hasProgram: machine.hasProgram(engine),
  });
  store.add(build, asked);
  runner.begin(build);
  return renderBuildOperation(build);
}

function requireBuild(store: BuildStore, { name, projectId, id }: BuildRef): Build {
  const build = store.get(name?.split('/builds/')[1] ?? id ?? '');
  const isMeant = name ? build?.name === name : build?.projectId === projectId;
  if (build && isMeant) return build;
  throw new StatusError('NOT_FOUND', `Requested entity was not found: build ${name ?? id}`);
}
