import type { Handler } from '../../protocol/handler.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { readPage } from '../../protocol/read-page.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { makeKeyVersion, seconds } from './crypto-key.ts';
import type { KeptKey, KeyVersion } from './crypto-key.ts';
import type { FoundVersion, KeyStore } from './key-store.ts';
import { renderKey, renderKeyVersion, versionName } from './render-key.ts';

interface ListRequest extends PageRequest {
  readonly parent: string;
}

interface UpdateRequest {
  readonly cryptoKeyVersion: { readonly name: string; readonly state?: KeyVersion['state'] };
  readonly updateMask: string;
}

interface PrimaryRequest {
  readonly name: string;
  readonly cryptoKeyVersionId: string;
}

export function serveKeyVersions(store: KeyStore): Readonly<Record<string, Handler>> {
  return {
    CreateCryptoKeyVersion: async ({ parent }: { parent: string }) => {
      const key = store.requireKey(parent);
      const version = makeKeyVersion(store.now());
      const versions = [...key.versions, version];
      const grown = { ...key, versions };
      store.keepKey(grown);
      return renderKeyVersion({ key: grown, number: versions.length, version });
    },
    GetCryptoKeyVersion: async ({ name }: { name: string }) =>
      renderKeyVersion(store.requireVersion(name)),
    ListCryptoKeyVersions: async ({ parent, ...page }: ListRequest) => {
      const all = versionsOf(store.requireKey(parent));
      const { items, ...more } = readPage(all, page);
      return { cryptoKeyVersions: items.map(renderKeyVersion), ...more, totalSize: all.length };
    },
    UpdateCryptoKeyVersion: async ({ cryptoKeyVersion, updateMask }: UpdateRequest) => {
      const { name, state } = cryptoKeyVersion;
      if (updateMask !== 'state' || (state !== 'ENABLED' && state !== 'DISABLED'))
        throw invalid('Only the state can be updated, to ENABLED or DISABLED.');
      const found = requireState(store.requireVersion(name), ['ENABLED', 'DISABLED']);
      return replace(store, found, { ...found.version, state });
    },
    UpdateCryptoKeyPrimaryVersion: async (request: PrimaryRequest) => {
      const { name, cryptoKeyVersionId: id } = request;
      const found = store.requireVersion(`${name}/cryptoKeyVersions/${id}`);
      const { key, number: primary } = requireState(found, ['ENABLED']);
      store.keepKey({ ...key, primary });
      return renderKey({ ...key, primary });
    },
    DestroyCryptoKeyVersion: async ({ name }: { name: string }) => {
      const found = requireState(store.requireVersion(name), ['ENABLED', 'DISABLED']);
      const afterMs = seconds(found.key.destroyScheduledDuration ?? '') * 1000;
      const destroyTime = new Date(store.now().getTime() + afterMs).toISOString();
      return replace(store, found, { ...found.version, state: 'DESTROY_SCHEDULED', destroyTime });
    },
    RestoreCryptoKeyVersion: async ({ name }: { name: string }) => {
      const found = requireState(store.requireVersion(name), ['DESTROY_SCHEDULED']);
      const { destroyTime: _canceled, ...version } = found.version;
      return replace(store, found, { ...version, state: 'DISABLED' });
    },
  };
}

/** @throws FAILED_PRECONDITION when the version is in another state */
export function requireState(
  found: FoundVersion,
  states: readonly KeyVersion['state'][],
): FoundVersion {
  const { state } = found.version;
  if (states.includes(state)) return found;
  const subject = versionName(found);
  const wanted = states.join(' or ').toLowerCase().replaceAll('_', ' ');
  const message = `${subject} is not ${wanted}, current state is: ${state}.`;
  throw new StatusError('FAILED_PRECONDITION', message, [
    {
      '@type': 'type.googleapis.com/google.rpc.PreconditionFailure',
      violations: [{ type: `KEY_${state}`, subject }],
    },
  ]);
}

function replace(store: KeyStore, { key, number }: FoundVersion, version: KeyVersion): object {
  const versions = key.versions.with(number - 1, version);
  const changed = { ...key, versions };
  store.keepKey(changed);
  return renderKeyVersion({ key: changed, number, version });
}

function versionsOf(key: KeptKey): readonly FoundVersion[] {
  return key.versions.map((version, index) => ({ key, number: index + 1, version }));
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
