import type {
  AdminKeyAnswer,
  AdminKeyListAnswer,
  NewAdminKeyAnswer,
  NewAdminKeyBody,
} from '../../server/api/contract/key/admin-key.ts';
import type {
  KeyAnswer,
  KeyListAnswer,
  NewKeyAnswer,
  NewKeyBody,
} from '../../server/api/contract/key/api-key.ts';
import type {
  CredentialAnswer,
  CredentialBody,
  CredentialListAnswer,
} from '../../server/api/contract/key/credential.ts';
import type {
  MasterKeyListAnswer,
  RewrapAnswer,
} from '../../server/api/contract/key/master-key.ts';
import type { RotationBody } from '../../server/api/contract/key/stored-key.ts';
import type { Query, SendCall } from './send-call.ts';

const apiKeys = '/api/v1/admin/api-keys';
const masterKeys = '/api/v1/admin/master-keys';
const credentials = '/api/v1/credentials';
const adminKeys = '/api/v1/admin/admin-keys';

/** Keys of tenants, of operators and of the KMS, and the credentials of a tenant. */
export function keyCalls(send: SendCall) {
  return {
    createKey: (body: NewKeyBody) => send<NewKeyAnswer>('POST', apiKeys, { body }),
    listKeys: (query: Query) => send<KeyListAnswer>('GET', apiKeys, { query }),
    rotateKey: (hash: string, body: RotationBody) =>
      send<NewKeyAnswer>('POST', `${apiKeys}/${hash}/rotate`, { body }),
    revokeKey: (hash: string) => send<KeyAnswer>('DELETE', `${apiKeys}/${hash}`),
    createAdminKey: (body: NewAdminKeyBody) => send<NewAdminKeyAnswer>('POST', adminKeys, { body }),
    listAdminKeys: () => send<AdminKeyListAnswer>('GET', adminKeys),
    rotateAdminKey: (hash: string, body: RotationBody) =>
      send<NewAdminKeyAnswer>('POST', `${adminKeys}/${hash}/rotate`, { body }),
    listMasterKeys: () => send<MasterKeyListAnswer>('GET', masterKeys),
    rewrapValues: () => send<RewrapAnswer>('POST', `${masterKeys}/rewrap`),
    listCredentials: () => send<CredentialListAnswer>('GET', credentials),
    putCredential: (name: string, body: CredentialBody) =>
      send<CredentialAnswer>('PUT', `${credentials}/${encodeURIComponent(name)}`, { body }),
    deleteCredential: (name: string) =>
      send<unknown>('DELETE', `${credentials}/${encodeURIComponent(name)}`),
    revokeAdminKey: (hash: string) => send<AdminKeyAnswer>('DELETE', `${adminKeys}/${hash}`),
  };
}
