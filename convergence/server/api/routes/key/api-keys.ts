import type { ApiKeyRecord, KeyStore } from '../../../../engine/tenant/key/key-store.ts';
import { authorOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  keyAnswer,
  keyListAnswer,
  keyListQuery,
  newKeyAnswer,
  newKeyBody,
} from '../../contract/key/api-key.ts';
import type { KeyAnswer } from '../../contract/key/api-key.ts';
import { keyParams, rotationBody } from '../../contract/key/stored-key.ts';
import { presentStoredKey, toRotation } from './present-key.ts';

const config = { access: 'admin' } as const;
const tags = ['api keys'];
const root = '/api/v1/admin/api-keys';

export function addApiKeyRoutes(api: Api, deps: Pick<ApiDeps, 'keys' | 'tenants'>): void {
  const { keys, tenants } = deps;
  const creation = { tags, body: newKeyBody, response: { 201: newKeyAnswer } };
  api.post(root, { config, schema: creation }, async (request, reply) => {
    const { tenant_id, description, scopes, expires_at: expiresAt } = request.body;
    const { tenantId } = await tenants.getTenant(tenant_id);
    const made = await keys.createKey(
      { tenantId },
      {
        description,
        scopes,
        createdBy: authorOf(request),
        ...(expiresAt && { expiresAt: new Date(expiresAt) }),
      },
    );
    return reply.code(201).send({ api_key: made.key, ...presentKey(made.record) });
  });

  const listing = { tags, querystring: keyListQuery, response: { 200: keyListAnswer } };
  api.get(root, { config, schema: listing }, async ({ query }) => {
    const records = await keys.listKeys(query.tenant_id);
    return { api_keys: records.map(presentKey) };
  });
  addRoutesOfOne(api, keys);
}

function addRoutesOfOne(api: Api, keys: KeyStore): void {
  const one = { config, schema: { tags, params: keyParams, response: { 200: keyAnswer } } };
  api.get(`${root}/:hash`, one, async ({ params }) => presentKey(await keys.getKey(params.hash)));
  api.delete(`${root}/:hash`, one, async ({ params }) =>
    presentKey(await keys.revokeKey(params.hash)),
  );

  const rotation = {
    tags,
    summary: 'A new key with the same scopes; the old one ends after the overlap.',
    params: keyParams,
    body: rotationBody,
    response: { 201: newKeyAnswer },
  };
  api.post(`${root}/:hash/rotate`, { config, schema: rotation }, async (request, reply) => {
    const { params, body } = request;
    const made = await keys.rotateKey(params.hash, toRotation(request, body));
    return reply.code(201).send({ api_key: made.key, ...presentKey(made.record) });
  });
}

function presentKey(record: ApiKeyRecord): KeyAnswer {
  const { tenantId, description, scopes } = record;
  return { ...presentStoredKey(record), tenant_id: tenantId, description, scopes: [...scopes] };
}
