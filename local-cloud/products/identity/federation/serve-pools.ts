import { randomUUID } from 'node:crypto';
import { withProjectNumber } from '../project-number.ts';
import { noBody, requireQuery, restMethod } from '../rest-method.ts';
import type { RestCall, RestMethod } from '../rest-method.ts';
import type { PoolBook } from './pool-book.ts';
import { checkProvider, poolSchema, providerSchema, requireId } from './provider.ts';
import type { Pool, Provider } from './provider.ts';

const service = 'google.iam.v1.WorkloadIdentityPools';
const LOCATION = String.raw`projects/[^/]+/locations/global`;
const POOLS = `${LOCATION}/workloadIdentityPools`;
const POOL = `${POOLS}/[^/:]+`;
const PROVIDERS = `${POOL}/providers`;

/** Workload identity pools and providers: create, get, list. Their operations are done at once. */
export function servePools(book: PoolBook): readonly RestMethod[] {
  const get = (method: string, name: string) =>
    restMethod({
      service,
      method,
      verb: 'GET',
      path: pathOf(`(?<name>${name})`),
      body: noBody,
      answer: (call) => book.require(nameOf(call)),
    });
  const list = (method: string, kind: 'pools' | 'providers', field: string) =>
    restMethod({
      service,
      method,
      verb: 'GET',
      path: pathOf(`(?<name>${kind === 'pools' ? POOLS : PROVIDERS})`),
      body: noBody,
      answer: (call) => {
        requireQuery(call.query, ['pageSize', 'pageToken', 'showDeleted']);
        return { [field]: book.of(kind, nameOf(call)) };
      },
    });
  return [
    ...creators(book),
    get('GetWorkloadIdentityPool', POOL),
    get('GetWorkloadIdentityPoolProvider', `${PROVIDERS}/[^/:]+`),
    list('ListWorkloadIdentityPools', 'pools', 'workloadIdentityPools'),
    list('ListWorkloadIdentityPoolProviders', 'providers', 'workloadIdentityPoolProviders'),
    restMethod({
      service: 'google.longrunning.Operations',
      method: 'GetOperation',
      verb: 'GET',
      path: pathOf(`(?<name>${POOL}(/providers/[^/]+)?)/operations/(?<id>[^/]+)`),
      body: noBody,
      answer: (call) => renderOperation(book.require(nameOf(call)), call.variables['id']),
    }),
  ];
}

function creators(book: PoolBook): readonly RestMethod[] {
  return [
    restMethod({
      service,
      method: 'CreateWorkloadIdentityPool',
      verb: 'POST',
      path: pathOf(`(?<name>${POOLS})`),
      body: poolSchema,
      answer: (call) => {
        const id = idOf(call, 'workloadIdentityPoolId');
        const name = book.refuseTaken(`${nameOf(call)}/${id}`);
        const pool: Pool = { name, state: 'ACTIVE', ...call.body };
        book.pools.put(pool);
        return renderOperation(pool);
      },
    }),
    restMethod({
      service,
      method: 'CreateWorkloadIdentityPoolProvider',
      verb: 'POST',
      path: pathOf(`(?<name>${PROVIDERS})`),
      body: providerSchema,
      answer: (call) => {
        const id = idOf(call, 'workloadIdentityPoolProviderId');
        book.require(nameOf(call).replace(/\/providers$/, ''));
        checkProvider(call.body);
        const name = book.refuseTaken(`${nameOf(call)}/${id}`);
        const provider: Provider = { name, state: 'ACTIVE', ...call.body };
        book.providers.put(provider);
        return renderOperation(provider);
      },
    }),
  ];
}

function pathOf(pattern: string): RegExp {
  return new RegExp(`^/v1/${pattern}$`);
}

function nameOf({ variables }: RestCall<unknown>): string {
  return withProjectNumber(variables['name'] ?? '');
}

function idOf({ query }: RestCall<unknown>, parameter: string): string {
  requireQuery(query, [parameter]);
  const field = parameter.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return requireId(query.get(parameter) ?? '', field);
}

function renderOperation(resource: Pool | Provider, id: string = randomUUID()): object {
  const type = 'oidc' in resource ? 'WorkloadIdentityPoolProvider' : 'WorkloadIdentityPool';
  const response = { '@type': `type.googleapis.com/google.iam.v1.${type}`, ...resource };
  return { name: `${resource.name}/operations/${id}`, done: true, response };
}
