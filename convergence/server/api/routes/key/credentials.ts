import type { CredentialRecord } from '../../../../engine/tenant/kms/credential-store.ts';
import { authorOf, scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  credentialAnswer,
  credentialBody,
  credentialListAnswer,
  credentialParams,
} from '../../contract/key/credential.ts';
import type { CredentialAnswer } from '../../contract/key/credential.ts';

const config = { access: 'configure' } as const;
const tags = ['credentials'];
const root = '/api/v1/credentials';

/** Values go in and never come out; configs name them as secrets. */
export function addCredentialRoutes(api: Api, { credentials }: Pick<ApiDeps, 'credentials'>): void {
  const listing = { tags, response: { 200: credentialListAnswer } };
  api.get(root, { config, schema: listing }, async (request) => ({
    credentials: (await credentials.listCredentials(scopeOf(request))).map(presentCredential),
  }));

  const storing = {
    tags,
    params: credentialParams,
    body: credentialBody,
    response: { 200: credentialAnswer, 201: credentialAnswer },
  };
  api.put(`${root}/:name`, { config, schema: storing }, async (request, reply) => {
    const { record, created } = await credentials.putCredential(scopeOf(request), {
      name: request.params.name,
      value: request.body.value,
      createdBy: authorOf(request),
    });
    return reply.code(created ? 201 : 200).send(presentCredential(record));
  });

  const removal = { tags, params: credentialParams };
  api.delete(`${root}/:name`, { config, schema: removal }, async (request, reply) => {
    await credentials.deleteCredential(scopeOf(request), request.params.name);
    return reply.code(204).send();
  });
}

function presentCredential(record: CredentialRecord): CredentialAnswer {
  return {
    name: record.name,
    created_at: record.createdAt.toISOString(),
    rotated_at: record.rotatedAt?.toISOString() ?? null,
    created_by: record.createdBy,
  };
}
