import type { Socket } from 'node:net';
import { fastify } from 'fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { featuresOf } from '../settings/features.ts';
import { addHealthRoutes } from '../health/health-routes.ts';
import { logBroken, observeRequests } from '../telemetry/observe-requests.ts';
import { guardRoutes } from './access.ts';
import type { Api } from './api.ts';
import type { ApiDeps } from './api-deps.ts';
import { answerNotFound } from './not-found.ts';
import { describeRoutes, serveDocs } from './openapi.ts';
import { toProblem } from './problem.ts';
import { limitRates } from './rate-limit.ts';
import { addRoutes } from './routes/routes.ts';

const BODY_LIMIT_BYTES = 1_000_000;
/** A client that has not sent its request by then is not one. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Holds for requests without a body; what works for long on others has a signal of its own. */
const HANDLER_TIMEOUT_MS = 75_000;

/**
 * The HTTP API, ready to listen or to be injected into. `close` lets requests end and ends streams;
 * what the deps hold stays open.
 */
export async function buildApp(deps: ApiDeps): Promise<Api> {
  const { settings } = deps;
  const app = createServer(deps);
  const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    sendProblem(error, { request, reply, deps });
  app.setErrorHandler<FastifyError>(answer);
  observeRequests(app, deps);
  setHeaders(app, settings.ENVIRONMENT === 'production');
  answerNotFound(app);
  await describeRoutes(app, settings.VERSION);
  guardRoutes(app, deps);
  await limitRates(app, settings);
  closeConnections(app);
  addHealthRoutes(app, deps);
  addRoutes(app, deps);
  if (featuresOf(settings).api_docs) await serveDocs(app);
  return app;
}

function createServer(deps: ApiDeps): Api {
  const hops = deps.settings.TRUSTED_PROXY_HOPS;
  const app = fastify({
    logger: false,
    genReqId: () => deps.nextId(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    trustProxy: hops === 0 ? false : (_address, hop) => hop < hops,
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: (error, request, reply) => sendProblem(error, { request, reply, deps }),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  return app;
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly deps: ApiDeps;
}

function sendProblem(error: unknown, { request, reply, deps }: Exchange): void {
  const answer = toProblem(error, { id: request.id, now: deps.clock.now() });
  if (!answer.expected) logBroken(request, error, deps);
  void reply
    .code(answer.status)
    .headers({ ...answer.headers, 'content-type': 'application/problem+json' })
    .serializer(JSON.stringify)
    .send(answer.body);
}

function setHeaders(app: Api, isProduction: boolean): void {
  const headers = {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    ...(isProduction && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  };
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('x-request-id', request.id);
    done();
  });
}

/**
 * Connections of answers that are on their way when the close begins would stay for a minute, and
 * so would the spare ones that browsers and undici open and on which no request has come yet.
 */
function closeConnections(app: Api): void {
  const unused = new Set<Socket>();
  app.server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  app.server.on('request', (request) => unused.delete(request.socket));
  app.addHook('preClose', (done) => {
    app.server.keepAliveTimeout = 1;
    for (const socket of unused) socket.destroy();
    done();
  });
}
