import { StatusError } from '../../../protocol/status-error.ts';
import { noBody, restMethod } from '../../identity/rest-method.ts';
import type { RestCall, RestMethod } from '../../identity/rest-method.ts';
import { locationOf, shortName } from '../resource/resource-name.ts';
import type { KeptService, ServiceResource } from '../resource/resource.ts';
import { knativeService } from './knative.ts';
import type { KnativeService } from './knative.ts';
import { readService } from './read-knative.ts';
import { renderService } from './render-knative.ts';
import {
  ask,
  deleteOptions,
  isAt,
  listOf,
  NAMESPACE,
  notFound,
  regionOf,
  SERVICE,
  servicesAt,
} from './v1-call.ts';
import type { V1Deps } from './v1-call.ts';

const one = new RegExp(`^${NAMESPACE}/services/(?<id>[^/]+)$`);
const all = new RegExp(`^${NAMESPACE}/services$`);
const ofProject = /^\/v1\/projects\/(?<project>[^/]+)\/locations\/(?<region>[^/]+)\/services$/;

/** Services of Cloud Run v1. */
export function servicesV1(deps: V1Deps): readonly RestMethod[] {
  return [
    restMethod({
      ...named('services.get', 'GET', one),
      body: noBody,
      answer: (call) => renderService(findService(deps, call)),
    }),
    restMethod({
      ...named('services.list', 'GET', all),
      body: noBody,
      answer: (call) => list(deps, call, regionOf(call.host)),
    }),
    restMethod({
      ...named('services.list', 'GET', ofProject),
      body: noBody,
      answer: (call) => list(deps, call, call.variables['region']),
    }),
    restMethod({
      ...named('services.create', 'POST', all),
      body: knativeService,
      answer: (call) => write(deps, 'CreateService', call),
    }),
    restMethod({
      ...named('services.replaceService', 'PUT', one),
      body: knativeService,
      answer: (call) => write(deps, 'UpdateService', call),
    }),
    restMethod({
      ...named('services.delete', 'DELETE', one),
      body: deleteOptions,
      answer: async (call) => {
        const { name } = findService(deps, call).resource;
        await ask(deps.handlers, { service: 'Services', method: 'DeleteService' }, { name });
        return { kind: 'Status', status: 'Success' };
      },
    }),
  ];
}

function named(method: string, verb: RestMethod['verb'], path: RegExp) {
  return { service: SERVICE, method, verb, path };
}

function list({ run }: V1Deps, { variables, query }: RestCall<unknown>, region?: string): object {
  const found = run.store.services().filter(isAt({ ...variables, region }));
  const items = found.map(({ resource }) => run.readService(resource.name) ?? { resource });
  return listOf('Service', items.map(renderService), query);
}

async function write(
  { run, handlers }: V1Deps,
  method: 'CreateService' | 'UpdateService',
  call: RestCall<KnativeService>,
): Promise<object> {
  const name = nameToWrite(call);
  const wanted = readService(call.body, run.store.service(name) ?? null);
  const validateOnly = call.query.get('dryRun') === 'all';
  const request =
    method === 'CreateService'
      ? { parent: locationOf(name), serviceId: shortName(name), service: wanted, validateOnly }
      : { service: { ...wanted, name }, validateOnly };
  const operation = await ask(handlers, { service: 'Services', method }, request);
  const { response } = operation as { readonly response?: ServiceResource };
  const resource = run.store.service(name)?.resource ?? response;
  if (!resource) throw new Error(`${method} made no ${name}`);
  return renderService({ resource });
}

function nameToWrite({ variables, host, body }: RestCall<KnativeService>): string {
  const region = regionOf(host);
  const { project, id = body.metadata.name } = variables;
  if (region === undefined)
    throw invalid(`the host ${host} names no region: expected such as us-central1-run.localhost`);
  if (id !== body.metadata.name)
    throw invalid(`metadata.name is ${body.metadata.name}: expected ${id}`);
  return `projects/${project}/locations/${region}/services/${id}`;
}

function findService({ run }: V1Deps, call: RestCall<unknown>): KeptService {
  const { id = '' } = call.variables;
  const found = servicesAt(run, call).find(({ resource }) => shortName(resource.name) === id);
  const kept = found && run.readService(found.resource.name);
  if (kept) return kept;
  throw notFound('SERVICE', call);
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
