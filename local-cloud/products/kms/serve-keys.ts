import type { Handler } from '../../protocol/handler.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { readPage } from '../../protocol/read-page.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { changeKey, makeKey } from './crypto-key.ts';
import type { KeyFields } from './crypto-key.ts';
import type { KeyStore } from './key-store.ts';
import { renderKey } from './render-key.ts';

interface CreateKeyRequest {
  readonly parent: string;
  readonly cryptoKeyId: string;
  readonly cryptoKey: KeyFields;
  readonly skipInitialVersionCreation?: boolean;
}

interface UpdateRequest {
  readonly cryptoKey: KeyFields & { readonly name: string };
  readonly updateMask: string;
}

interface ListRequest extends PageRequest {
  readonly parent: string;
  readonly filter?: string;
  readonly orderBy?: string;
}

/** Key rings and crypto keys. */
export function serveKeys(store: KeyStore): Readonly<Record<string, Handler>> {
  return {
    CreateKeyRing: async ({ parent, keyRingId }: { parent: string; keyRingId: string }) =>
      store.createRing(parent, keyRingId),
    GetKeyRing: async ({ name }: { name: string }) => store.requireRing(name),
    ListKeyRings: async (request: ListRequest) => {
      refuseFilter(request);
      const all = store.ringsOf(request.parent);
      const { items, ...more } = readPage(all, request);
      return { keyRings: items, ...more, totalSize: all.length };
    },
    CreateCryptoKey: async (request: CreateKeyRequest) => {
      const name = store.newKeyName(request.parent, request.cryptoKeyId);
      const isEmpty = request.skipInitialVersionCreation ?? false;
      const key = makeKey(name, request.cryptoKey, { now: store.now(), isEmpty });
      store.keepKey(key);
      return renderKey(key);
    },
    GetCryptoKey: async ({ name }: { name: string }) => renderKey(store.requireKey(name)),
    ListCryptoKeys: async (request: ListRequest) => {
      refuseFilter(request);
      const all = store.keysOf(request.parent);
      const { items, ...more } = readPage(all, request);
      return { cryptoKeys: items.map(renderKey), ...more, totalSize: all.length };
    },
    UpdateCryptoKey: async ({ cryptoKey, updateMask }: UpdateRequest) => {
      const change = { paths: updateMask.split(','), now: store.now() };
      const key = changeKey(store.requireKey(cryptoKey.name), cryptoKey, change);
      store.keepKey(key);
      return renderKey(key);
    },
  };
}

function refuseFilter({ filter = '', orderBy = '' }: ListRequest): void {
  if (filter === '' && orderBy === '') return;
  throw new StatusError('UNIMPLEMENTED', 'local-cloud does not model filters and orders of keys');
}
