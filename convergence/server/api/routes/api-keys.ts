import { fail } from '../../../engine/error-codes.ts';
import type { ApiKeyRecord, KeyStore } from '../../../engine/tenant/key-store.ts';
import type { Api } from '../api.ts';
import type { ApiDeps } from '../api-deps.ts';
import {
  keyAnswer,
  keyListAnswer,
  keyListQuery,
  keyParams,
  newKeyAnswer,
  newKeyBody,
} from '../contract/api-key.ts';
import type { KeyAnswer } from '../contract/api-key.ts';

const config = { access: 'admin' } as const;
const tags = ['api keys'];
const root = '/api/v1/admin/api-keys';

export function addApiKeyRoutes(api: Api, deps: Pick<ApiDeps, 'keys' | 'tenants'>): void {
  const { keys, tenants } = deps;
  const creation = { tags, body: newKeyBody, response: { 201: newKeyAnswer } };
  api.post(root, { config, schema: creation }, async ({ body }, reply) => {
    const { tenantId } = await tenants.getTenant(body.tenant_id);
    const { description, expires_at: expiresAt } = body;
    const made = await keys.createKey(
      { tenantId },
      { description, ...(expiresAt && { expiresAt: new Date(expiresAt) }) },
    );
    return reply.code(201).send({ api_key: made.key, ...presentKey(made.record) });
  });

  const listing = { tags, querystring: keyListQuery, response: { 200: keyListAnswer } };
  api.get(root, { config, schema: listing }, async ({ query }) => {
    const records = await keys.listKeys(query.tenant_id);
    return { api_keys: records.map(presentKey) };
  });

  const one = { config, schema: { tags, params: keyParams, response: { 200: keyAnswer } } };
  api.get(`${root}/:hash`, one, async ({ params }) => presentKey(await findKey(keys, params.hash)));
  api.delete(`${root}/:hash`, one, async ({ params }) =>
    presentKey(await keys.revokeKey(params.hash)),
  );
}

async function findKey(keys: KeyStore, hash: string): Promise<ApiKeyRecord> {
  const record = (await keys.listKeys()).find(({ keyHash }) => keyHash === hash);
  if (!record) throw fail('key_absent', `There is no API key with the hash ${hash}.`);
  return record;
}

function presentKey(record: ApiKeyRecord): KeyAnswer {
  return {
    hash: record.keyHash,
    prefix: record.prefix,
    tenant_id: record.tenantId,
    description: record.description,
    created_at: record.createdAt.toISOString(),
    expires_at: record.expiresAt?.toISOString() ?? null,
    last_used_at: record.lastUsedAt?.toISOString() ?? null,
    revoked_at: record.revokedAt?.toISOString() ?? null,
  };
}
