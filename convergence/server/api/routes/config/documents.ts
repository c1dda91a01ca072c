import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { changeDocument } from '../../../../engine/pipeline/document/change-document.ts';
import { authorOf, scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  deletedAnswer,
  documentAnswer,
  documentBody,
  documentHeaders,
  documentListAnswer,
  documentParams,
  versionQuery,
} from '../../contract/config/document.ts';
import type { DocumentAnswer, DocumentHeaders } from '../../contract/config/document.ts';
import { pipelineParams } from '../../contract/config/pipeline.ts';
import { addHistoryRoutes } from './document-history.ts';
import { findDocument, listDocuments, presentDocument } from './find-document.ts';
import { pathOfPipeline, requireSameId } from './pipeline-document.ts';

export type DocumentDeps = Pick<ApiDeps, 'configFiles' | 'documents' | 'secrets' | 'configs'>;

const read = { access: 'read' } as const;
const configure = { access: 'configure' } as const;
const tags = ['configs'];
const root = '/api/v1/configs';
const one = `${root}/:kind/:name`;
const pipeline = '/api/v1/pipelines/:pipeline_id';
const consumes = ['application/yaml', 'text/plain'];

/** Configs as documents: the text as it was sent, with its versions. */
export function addDocumentRoutes(api: Api, deps: DocumentDeps): void {
  void api.register((scoped, _options, done) => {
    const types = ['application/yaml', 'application/sql', 'text/plain', 'text/yaml'];
    scoped.addContentTypeParser(types, { parseAs: 'string' }, (_request, body, parsed) =>
      parsed(null, body),
    );
    const documents = scoped.withTypeProvider<ZodTypeProvider>();
    addReadingRoutes(documents, deps);
    addChangingRoutes(documents, deps);
    addPipelineDocumentRoutes(documents, deps);
    addHistoryRoutes(documents, deps);
    done();
  });
}

function addReadingRoutes(api: Api, deps: DocumentDeps): void {
  const list = { tags, summary: 'List all configs.', response: { 200: documentListAnswer } };
  api.get(root, { config: read, schema: list }, async (request) =>
    listDocuments(scopeOf(request), deps),
  );

  const schema = {
    tags,
    summary: 'The text of a config, as it is or as it was.',
    params: documentParams,
    querystring: versionQuery,
    response: { 200: documentAnswer },
  };
  api.get(one, { config: read, schema }, async (request, reply) => {
    const path = pathOf(request.params);
    const found = await findDocument(scopeOf(request), { path, ...request.query }, deps);
    if (found.version !== null) reply.header('etag', `"${found.version}"`);
    return found;
  });
}

function addChangingRoutes(api: Api, deps: DocumentDeps): void {
  const params = documentParams;
  const put = {
    tags,
    summary: 'Write a config; refused with every mistake, if it has any.',
    consumes,
    params,
    headers: documentHeaders,
    body: documentBody,
    response: { 200: documentAnswer, 201: documentAnswer },
  };
  api.put(one, { config: configure, schema: put }, async (request, reply) => {
    const change = { path: pathOf(request.params), content: request.body };
    return sendWritten(reply, await write(request, change, deps));
  });

  const removal = {
    tags,
    summary: 'Delete a config; refused while others lean on it. Its versions stay.',
    params,
    headers: documentHeaders,
    response: { 200: deletedAnswer },
  };
  api.delete(one, { config: configure, schema: removal }, async (request) => {
    const change = { path: pathOf(request.params), content: null };
    const { document } = await write(request, change, deps);
    return { path: document.path, version: document.version };
  });
}

function addPipelineDocumentRoutes(api: Api, deps: DocumentDeps): void {
  const put = {
    tags,
    summary: 'Write the document of a pipeline; as PUT /api/v1/configs/pipelines/{name}.',
    consumes,
    params: pipelineParams,
    headers: documentHeaders,
    body: documentBody,
    response: { 200: documentAnswer, 201: documentAnswer },
  };
  api.put(pipeline, { config: configure, schema: put }, async (request, reply) => {
    const { pipeline_id: pipelineId } = request.params;
    const path = await pathOfPipeline(scopeOf(request), pipelineId, deps);
    requireSameId(pipelineId, path, request.body);
    return sendWritten(reply, await write(request, { path, content: request.body }, deps));
  });

  const removal = {
    tags,
    summary: 'Delete the document of a pipeline. Its runs and versions stay.',
    params: pipelineParams,
    headers: documentHeaders,
    response: { 200: deletedAnswer },
  };
  api.delete(pipeline, { config: configure, schema: removal }, async (request) => {
    const path = await pathOfPipeline(scopeOf(request), request.params.pipeline_id, deps);
    const { document } = await write(request, { path, content: null }, deps);
    return { path, version: document.version };
  });
}

function pathOf({ kind, name }: { kind: string; name: string }): string {
  return `${kind}/${name}`;
}

type Written = Awaited<ReturnType<typeof changeDocument>>;

function write(
  request: FastifyRequest & { headers: DocumentHeaders },
  change: { path: string; content: string | null },
  deps: DocumentDeps,
): Promise<Written> {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  const expected = ifNoneMatch ? 0 : ifMatch && Number(/\d+/.exec(ifMatch)?.[0]);
  const author = authorOf(request);
  return changeDocument(
    scopeOf(request),
    { ...change, author, ...(typeof expected === 'number' && { expected }) },
    deps,
  );
}

function sendWritten(reply: FastifyReply, { document, isNew }: Written): DocumentAnswer {
  void reply.code(isNew ? 201 : 200).header('etag', `"${document.version}"`);
  return presentDocument(document);
}
