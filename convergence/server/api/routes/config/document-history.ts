import { createTwoFilesPatch } from 'diff';
import {
  changeDocument,
  documentAbsent,
} from '../../../../engine/pipeline/document/change-document.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { authorOf, scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  diffAnswer,
  diffQuery,
  documentAnswer,
  documentParams,
  rollbackBody,
  versionListAnswer,
  versionListQuery,
} from '../../contract/config/document.ts';
import type { DiffAnswer } from '../../contract/config/document.ts';
import { presentDocument } from './find-document.ts';

type HistoryDeps = Pick<ApiDeps, 'configFiles' | 'documents' | 'secrets'>;

const read = { access: 'read' } as const;
const configure = { access: 'configure' } as const;
const one = '/api/v1/configs/:kind/:name';
const tags = ['configs'];
const params = documentParams;

export function addHistoryRoutes(api: Api, deps: HistoryDeps): void {
  addVersionsRoute(api, deps);
  const diff = {
    tags,
    summary: 'What changed from one version to another.',
    params,
    querystring: diffQuery,
    response: { 200: diffAnswer },
  };
  api.get(`${one}/diff`, { config: read, schema: diff }, async (request) => {
    const path = `${request.params.kind}/${request.params.name}`;
    return compareVersions(scopeOf(request), { path, ...request.query }, deps);
  });

  const rollback = {
    tags,
    summary: 'Write an earlier version again, as the newest.',
    params,
    body: rollbackBody,
    response: { 200: documentAnswer },
  };
  api.post(`${one}/rollback`, { config: configure, schema: rollback }, async (request) => {
    const path = `${request.params.kind}/${request.params.name}`;
    const scope = scopeOf(request);
    const { content } = await deps.documents.readVersion(scope, path, request.body.version);
    if (content === null) throw documentAbsent(`${path} of version ${request.body.version}`);
    const change = { path, content, author: authorOf(request) };
    const { document } = await changeDocument(scope, change, deps);
    return presentDocument(document);
  });
}

function addVersionsRoute(api: Api, { documents }: HistoryDeps): void {
  const schema = {
    tags,
    summary: 'The versions of a config that was sent to the API, the newest first.',
    params,
    querystring: versionListQuery,
    response: { 200: versionListAnswer },
  };
  api.get(`${one}/versions`, { config: read, schema }, async (request) => {
    const path = `${request.params.kind}/${request.params.name}`;
    const { limit, cursor: before } = request.query;
    const page = { limit: limit + 1, ...(before !== undefined && { before }) };
    const found = await documents.listVersions(scopeOf(request), path, page);
    if (found.length === 0 && before === undefined) throw documentAbsent(path);
    const shown = found.slice(0, limit);
    return {
      versions: shown.map(({ version, content, createdAt, createdBy }) => ({
        version,
        deleted: content === null,
        size_bytes: Buffer.byteLength(content ?? ''),
        changed_at: createdAt.toISOString(),
        changed_by: createdBy,
      })),
      next_cursor: found.length > limit ? String(shown.at(-1)?.version) : null,
    };
  });
}

interface Comparison {
  readonly path: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Before its first version a document is empty. */
async function compareVersions(
  scope: TenantScope,
  { path, ...asked }: Comparison,
  { documents }: HistoryDeps,
): Promise<DiffAnswer> {
  const [newest] = await documents.listVersions(scope, path, { limit: 1 });
  if (!newest) throw documentAbsent(path);
  const to = asked.to ?? newest.version;
  const from = asked.from ?? to - 1;
  const textOf = async (version: number) =>
    version === 0 ? '' : ((await documents.readVersion(scope, path, version)).content ?? '');
  const [before, after] = await Promise.all([textOf(from), textOf(to)]);
  const names = [`${path} version ${from}`, `${path} version ${to}`] as const;
  const diff = before === after ? '' : createTwoFilesPatch(...names, before, after);
  return { path, from, to, diff };
}
