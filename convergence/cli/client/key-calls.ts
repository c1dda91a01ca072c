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
import type { RotationBody } from '../../server/api/contract/key/stored-key.ts';
import type { Query, SendCall } from './send-call.ts';

const apiKeys = '/api/v1/admin/api-keys';
const adminKeys = '/api/v1/admin/admin-keys';

/** Keys of tenants and of operators. */
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
    revokeAdminKey: (hash: string) => send<AdminKeyAnswer>('DELETE', `${adminKeys}/${hash}`),
  };
}
