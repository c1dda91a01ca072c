import { z } from 'zod';
import { readPage } from '../../../protocol/read-page.ts';
import type { AccountBook } from './account-book.ts';
import type { PolicyBook } from '../policy-book.ts';
import { noBody, requireQuery, restMethod } from '../rest-method.ts';
import type { RestMethod } from '../rest-method.ts';

const service = 'google.iam.admin.v1.IAM';
const collection = /^\/v1\/projects\/(?<project>[^/]+)\/serviceAccounts$/;
const item = /^\/v1\/projects\/(?<project>[^/]+)\/serviceAccounts\/(?<id>[^/:]+)$/;
const created = z.strictObject({
  accountId: z.string(),
  serviceAccount: z
    .strictObject({
      displayName: z.string().max(100).optional(),
      description: z.string().max(256).optional(),
    })
    .optional(),
});

/** Service accounts of IAM Admin v1, without keys. */
export function serveAccounts(accounts: AccountBook, policies: PolicyBook): readonly RestMethod[] {
  return [
    restMethod({
      service,
      method: 'CreateServiceAccount',
      verb: 'POST',
      path: collection,
      body: created,
      answer: ({ variables: { project = '' }, body: { accountId, serviceAccount } }) =>
        accounts.create(project, { accountId, ...serviceAccount }),
    }),
    restMethod({
      service,
      method: 'ListServiceAccounts',
      verb: 'GET',
      path: collection,
      body: noBody,
      answer: ({ variables: { project = '' }, query }) => {
        requireQuery(query, ['pageSize', 'pageToken']);
        const pageSize = Number(query.get('pageSize') ?? 0);
        const pageToken = query.get('pageToken') ?? '';
        const { items, ...more } = readPage(accounts.of(project), { pageSize, pageToken });
        return { accounts: items, ...more };
      },
    }),
    restMethod({
      service,
      method: 'GetServiceAccount',
      verb: 'GET',
      path: item,
      body: noBody,
      answer: ({ variables: { project = '', id = '' } }) => accounts.require(project, id),
    }),
    restMethod({
      service,
      method: 'DeleteServiceAccount',
      verb: 'DELETE',
      path: item,
      body: noBody,
      answer: ({ variables: { project = '', id = '' } }) => {
        const account = accounts.require(project, id);
        accounts.delete(account);
        policies.forget(account.name);
        return {};
      },
    }),
  ];
}
