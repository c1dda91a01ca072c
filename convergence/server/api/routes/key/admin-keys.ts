import type { AdminKeyRecord } from '../../../../engine/tenant/key/admin-key-store.ts';
import { authorOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  adminKeyAnswer,
  adminKeyListAnswer,
  newAdminKeyAnswer,
  newAdminKeyBody,
} from '../../contract/key/admin-key.ts';
import type { AdminKeyAnswer } from '../../contract/key/admin-key.ts';
import { keyParams, rotationBody } from '../../contract/key/stored-key.ts';
import { presentStoredKey, toRotation } from './present-key.ts';

const config = { access: 'admin' } as const;
const tags = ['admin keys'];
const root = '/api/v1/admin/admin-keys';

type AdminKeyDeps = Pick<ApiDeps, 'adminKeys' | 'settings'>;

export function addAdminKeyRoutes(api: Api, { adminKeys, settings }: AdminKeyDeps): void {
  const creation = { tags, body: newAdminKeyBody, response: { 201: newAdminKeyAnswer } };
  api.post(root, { config, schema: creation }, async (request, reply) => {
    const { name, expires_at: expiresAt } = request.body;
    const made = await adminKeys.createKey({
      name,
      createdBy: authorOf(request),
      ...(expiresAt && { expiresAt: new Date(expiresAt) }),
    });
    return reply.code(201).send({ admin_key: made.key, ...presentAdminKey(made.record) });
  });

  const listing = { tags, response: { 200: adminKeyListAnswer } };
  api.get(root, { config, schema: listing }, async () => ({
    admin_keys: (await adminKeys.listKeys()).map(presentAdminKey),
  }));

  const rotation = {
    tags,
    params: keyParams,
    body: rotationBody,
    response: { 201: newAdminKeyAnswer },
  };
  api.post(`${root}/:hash/rotate`, { config, schema: rotation }, async (request, reply) => {
    const { params, body } = request;
    const made = await adminKeys.rotateKey(params.hash, toRotation(request, body));
    return reply.code(201).send({ admin_key: made.key, ...presentAdminKey(made.record) });
  });

  const one = { tags, params: keyParams, response: { 200: adminKeyAnswer } };
  api.delete(`${root}/:hash`, { config, schema: one }, async ({ params }) => {
    const keepOne = !settings.ADMIN_API_KEY;
    return presentAdminKey(await adminKeys.revokeKey(params.hash, { keepOne }));
  });
}

function presentAdminKey(record: AdminKeyRecord): AdminKeyAnswer {
  return { ...presentStoredKey(record), name: record.name };
}
