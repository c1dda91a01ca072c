import type { Handler } from '../../protocol/handler.ts';
import { StatusError } from '../../protocol/status-error.ts';
import type { Policy } from '../identity/check-policy.ts';
import type { PolicyBook } from '../identity/policy-book.ts';
import { withProjectNumber } from '../identity/project-number.ts';
import { readPage } from '../../protocol/read-page.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { readFilter } from './read-filter.ts';
import { changeSecret, makeSecret, refuseStale } from './secret.ts';
import type { Secret, SecretFields } from './secret.ts';
import type { SecretStore } from './secret-store.ts';
import { versionNumber } from './secret-version.ts';

interface ListRequest extends PageRequest {
  readonly parent: string;
  readonly filter?: string;
}

interface UpdateRequest {
  readonly secret: SecretFields & { readonly name: string };
  /** `labels,versionAliases` */
  readonly updateMask: string;
}

type Handlers = Readonly<Record<string, Handler>>;

export function serveSecrets(store: SecretStore, policies: PolicyBook): Handlers {
  return {
    ListSecrets: async ({ parent, filter, ...page }: ListRequest) => {
      const all = store.secretsOf(parent).filter(readFilter(filter, ['name', 'labels']));
      const { items, ...more } = readPage(all, page);
      return { secrets: items, ...more, totalSize: all.length };
    },
    CreateSecret: async (request: { parent: string; secretId: string; secret: SecretFields }) => {
      const name = `${withProjectNumber(request.parent)}/secrets/${request.secretId}`;
      if (store.findSecret(name))
        throw new StatusError('ALREADY_EXISTS', `Secret [${name}] already exists.`);
      const secret = makeSecret(name, request.secret, store.now());
      store.keepSecret(secret);
      return secret;
    },
    GetSecret: async ({ name }: { name: string }) => store.requireSecret(name),
    UpdateSecret: async (request: UpdateRequest) => updateSecret(store, request),
    DeleteSecret: async ({ name, etag }: { name: string; etag?: string }) => {
      const secret = store.requireSecret(name);
      refuseStale(secret, etag);
      store.delete(secret);
      policies.forget(secret.name);
      return {};
    },
    ...servePolicies(store, policies),
  };
}

function updateSecret(store: SecretStore, { secret: wanted, updateMask }: UpdateRequest): Secret {
  const secret = store.requireSecret(wanted.name);
  refuseStale(secret, wanted.etag);
  const versions = store.versionsOf(secret).map((version) => String(versionNumber(version)));
  const paths = updateMask.split(',').filter((path) => path !== 'etag');
  const changed = changeSecret(secret, wanted, { paths, versions, now: store.now() });
  store.keepSecret(changed);
  return changed;
}

function servePolicies(store: SecretStore, policies: PolicyBook): Handlers {
  const nameOf = (resource: string): string => store.requireSecret(resource).name;
  return {
    GetIamPolicy: async ({ resource }: { resource: string }) => policies.get(nameOf(resource)),
    SetIamPolicy: async ({ resource, policy }: { resource: string; policy: Policy }) =>
      policies.set(nameOf(resource), policy),
    TestIamPermissions: async ({ permissions = [] }: { permissions?: readonly string[] }) => ({
      permissions,
    }),
  };
}
