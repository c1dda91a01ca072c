import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  parseCloudTrace,
  parseTraceparent,
  withinTrace,
} from '../../engine/run/trace/trace-context.ts';
import type { TraceContext } from '../../engine/run/trace/trace-context.ts';
import type { Span } from '../../engine/run/trace/tracer.ts';
import type { Api } from '../api/api.ts';
import type { ApiDeps } from '../api/api-deps.ts';

declare module 'fastify' {
  interface FastifyRequest {
    span: Span | null;
  }
}

type ObserveDeps = Pick<ApiDeps, 'log' | 'metrics' | 'tracer' | 'settings'>;

const SLOW_MS = 2_000;

/** Each request from its head on: its trace, its count, and its line in the log where one is due. */
export function observeRequests(app: Api, deps: ObserveDeps): void {
  app.decorateRequest('span', null);
  app.addHook('onRequest', (request, _reply, done) => {
    withinTrace(callersTrace(request), () => {
      request.span = startSpan(request, deps);
    });
    withinTrace(request.span?.trace, done);
  });
  // Reading the body goes on in the context of its socket, which knows no trace.
  app.addHook('preValidation', (request, _reply, done) => {
    withinTrace(request.span?.trace, done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    endSpan(request, reply);
    const seconds = reply.elapsedTime / 1_000;
    const answered = { method: request.method, route: routeOf(request), status: reply.statusCode };
    deps.metrics.requests.answered({ ...answered, seconds });
    writeLine(request, reply, deps);
    done();
  });
}

/** What finds a request in the log; never its query or headers, which may hold secrets. */
function requestFields(request: FastifyRequest): Record<string, unknown> {
  return {
    request_id: request.id,
    tenant_id: request.caller?.scope?.tenantId,
    route: request.routeOptions.url,
  };
}

function callersTrace({ headers }: FastifyRequest): TraceContext | undefined {
  const cloudTrace = headers['x-cloud-trace-context'];
  return parseTraceparent(String(headers.traceparent)) ?? parseCloudTrace(String(cloudTrace));
}

function startSpan(request: FastifyRequest, { tracer }: ObserveDeps): Span {
  const route = routeOf(request);
  const attributes = { 'http.request.method': request.method, 'http.route': route };
  return tracer.startSpan({ name: `${request.method} ${route}`, kind: 'server', attributes });
}

function endSpan(request: FastifyRequest, { statusCode }: FastifyReply): void {
  request.span?.note({
    'http.response.status_code': statusCode,
    'convergence.tenant_id': request.caller?.scope?.tenantId,
  });
  request.span?.end(statusCode >= 500 ? { error: new Error(`status ${statusCode}`) } : {});
}

function writeLine(request: FastifyRequest, reply: FastifyReply, deps: ObserveDeps): void {
  const isStream = reply.getHeader('content-type') === 'text/event-stream';
  const isSlow = reply.elapsedTime > SLOW_MS && !isStream;
  const wanted = deps.settings.ACCESS_LOG && !request.url.startsWith('/health');
  if (!isSlow && !wanted) return;
  const httpRequest = httpRequestOf(request, reply);
  withinTrace(request.span?.trace, () => {
    const log = deps.log.with({ ...requestFields(request), httpRequest });
    if (isSlow) log.warn('a request was slow');
    else log.info('a request was answered');
  });
}

/** Says that a request failed by a mistake of ours. */
export function logBroken(request: FastifyRequest, error: unknown, { log }: ObserveDeps): void {
  withinTrace(request.span?.trace, () => {
    log.error('a request broke', { ...requestFields(request), method: request.method, error });
  });
}

/** Source: HttpRequest of cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry. */
function httpRequestOf(request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  const size = reply.getHeader('content-length');
  return {
    requestMethod: request.method,
    requestUrl: request.url.split('?', 1)[0],
    status: reply.statusCode,
    responseSize: size === undefined ? undefined : String(size),
    userAgent: request.headers['user-agent'],
    remoteIp: request.ip,
    latency: `${(reply.elapsedTime / 1_000).toFixed(6)}s`,
    protocol: `HTTP/${request.raw.httpVersion}`,
  };
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}
