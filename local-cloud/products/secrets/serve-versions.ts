import type { Handler } from '../../protocol/handler.ts';
import { readPage } from '../../protocol/read-page.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { readFilter } from './read-filter.ts';
import type { SecretStore } from './secret-store.ts';
import {
  changeState,
  makeVersion,
  readPayload,
  renderVersion,
  versionNumber,
} from './secret-version.ts';
import type { KeptVersion, Payload } from './secret-version.ts';

interface Named {
  readonly name: string;
  readonly etag?: string;
}

interface ListRequest extends PageRequest {
  readonly parent: string;
  readonly filter?: string;
}

export function serveVersions(store: SecretStore): Readonly<Record<string, Handler>> {
  const change = (state: KeptVersion['state']) => async (request: Named) => {
    const [version, secret] = store.requireVersion(request.name);
    const changed = changeState(version, { state, etag: request.etag, now: store.now() });
    store.keepVersion(changed);
    return renderVersion(changed, secret);
  };
  return {
    AddSecretVersion: async ({ parent, payload }: { parent: string; payload: Payload }) => {
      const secret = store.requireSecret(parent);
      const [newest] = store.versionsOf(secret);
      const number = newest ? versionNumber(newest) + 1 : 1;
      const version = makeVersion(`${secret.name}/versions/${number}`, payload, store.now());
      store.keepVersion(version);
      return renderVersion(version, secret);
    },
    GetSecretVersion: async ({ name }: Named) => renderVersion(...store.requireVersion(name)),
    ListSecretVersions: async ({ parent, filter, ...page }: ListRequest) => {
      const secret = store.requireSecret(parent);
      const all = store.versionsOf(secret).filter(readFilter(filter, ['name', 'state']));
      const { items, ...more } = readPage(all, page);
      const versions = items.map((version) => renderVersion(version, secret));
      return { versions, ...more, totalSize: all.length };
    },
    AccessSecretVersion: async ({ name }: Named) => readPayload(store.requireVersion(name)[0]),
    EnableSecretVersion: change('ENABLED'),
    DisableSecretVersion: change('DISABLED'),
    DestroySecretVersion: change('DESTROYED'),
  };
}
