import type { OperationSource, WireOperation } from '../../../operation/operation-source.ts';
import { statusCodes } from '../../../protocol/status-error.ts';
import type { StatusCode } from '../../../protocol/status-error.ts';
import { isEnded } from './build.ts';
import type { Build, BuildStatus } from './build.ts';
import type { BuildStore } from '../build-store.ts';

const TYPE = 'type.googleapis.com/google.devtools.cloudbuild.v1';
const CODES: Partial<Record<BuildStatus, StatusCode>> = {
  CANCELLED: 'CANCELLED',
  TIMEOUT: 'DEADLINE_EXCEEDED',
  INTERNAL_ERROR: 'INTERNAL',
};

/** The operation that a build is; there is no other state of it. */
export function renderBuildOperation(build: Build): WireOperation {
  const { projectId, id, status, failureInfo } = build;
  const name = `operations/build/${projectId}/${Buffer.from(id).toString('base64')}`;
  const metadata = { '@type': `${TYPE}.BuildOperationMetadata`, build };
  if (!isEnded(build)) return { name, metadata };
  if (status === 'SUCCESS')
    return { name, metadata, done: true, response: { '@type': `${TYPE}.Build`, ...build } };
  const message = failureInfo?.detail ?? `Build ${status.toLowerCase()}`;
  const { number } = statusCodes[CODES[status] ?? 'UNKNOWN'];
  return { name, metadata, done: true, error: { code: number, message } };
}

/** `cancel` ends a build that runs. */
export function buildOperations(store: BuildStore, cancel: (id: string) => void): OperationSource {
  const find = (name: string): Build | undefined => {
    const [, project, encoded] = /^operations\/build\/([^/]+)\/([^/]+)$/.exec(name) ?? [];
    const build = store.get(Buffer.from(encoded ?? '', 'base64').toString());
    return build?.projectId === project ? build : undefined;
  };
  return {
    get: (name) => {
      const build = find(name);
      return build && renderBuildOperation(build);
    },
    list: (parent) => (parent === '' ? store.list().map(renderBuildOperation) : []),
    wait: async (name, signal) => {
      const build = find(name);
      if (build) await store.waitForEnd(build.id, signal);
    },
    cancel: (name) => {
      const build = find(name);
      if (build) cancel(build.id);
    },
  };
}
