import type { Clock } from 'base/clock.ts';
import { KeptMap } from '../../control-plane/kept-map.ts';
import type { Records } from '../../control-plane/records.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { settleKey } from './crypto-key.ts';
import type { KeptKey, KeyVersion } from './crypto-key.ts';

/** google.cloud.kms.v1.KeyRing in JSON. */
interface KeyRing {
  readonly name: string;
  readonly createTime: string;
}

export interface FoundVersion {
  readonly key: KeptKey;
  readonly number: number;
  readonly version: KeyVersion;
}

const ID = /^[a-zA-Z0-9_-]{1,63}$/;

/** Key rings and keys, as time has left them. Neither can be deleted. */
export class KeyStore {
  readonly #rings: KeptMap<KeyRing>;
  readonly #keys: KeptMap<KeptKey>;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(records: Records, clock: Pick<Clock, 'now'>) {
    this.#rings = new KeptMap(records, 'kms.ring');
    this.#keys = new KeptMap(records, 'kms.key');
    this.#clock = clock;
  }

  now(): Date {
    return this.#clock.now();
  }

  createRing(parent: string, id: string): KeyRing {
    const name = `${parent}/keyRings/${requireId(id, 'key_ring_id')}`;
    if (this.#rings.get(name)) throw exists(`KeyRing ${name} already exists.`);
    const ring = { name, createTime: this.now().toISOString() };
    this.#rings.put(ring);
    return ring;
  }

  ringsOf(parent: string): readonly KeyRing[] {
    return this.#rings.values().filter(({ name }) => name.startsWith(`${parent}/keyRings/`));
  }

  requireRing(name: string): KeyRing {
    const ring = this.#rings.get(name);
    if (ring) return ring;
    throw absent(`KeyRing ${name} not found.`);
  }

  /** Of a key that is not there yet. */
  newKeyName(ring: string, id: string): string {
    const name = `${this.requireRing(ring).name}/cryptoKeys/${requireId(id, 'crypto_key_id')}`;
    if (this.#keys.get(name)) throw exists(`CryptoKey ${name} already exists.`);
    return name;
  }

  keysOf(ring: string): readonly KeptKey[] {
    const prefix = `${this.requireRing(ring).name}/cryptoKeys/`;
    const names = this.#keys.values().map(({ name }) => name);
    return names.filter((name) => name.startsWith(prefix)).map((name) => this.requireKey(name));
  }

  requireKey(name: string): KeptKey {
    const kept = this.#keys.get(name);
    if (!kept) throw absent(`CryptoKey ${name} not found.`);
    const key = settleKey(kept, this.now());
    if (key !== kept) this.keepKey(key);
    return key;
  }

  requireVersion(name: string): FoundVersion {
    const [keyName = '', id = ''] = name.split('/cryptoKeyVersions/');
    const key = this.requireKey(keyName);
    const number = /^[1-9]\d*$/.test(id) ? Number(id) : 0;
    const version = key.versions[number - 1];
    if (version) return { key, number, version };
    throw absent(`CryptoKeyVersion ${name} not found.`);
  }

  keepKey(key: KeptKey): void {
    this.#keys.put(key);
  }
}

function requireId(id: string, field: string): string {
  if (ID.test(id)) return id;
  throw new StatusError('INVALID_ARGUMENT', `${field}: '${id}' is not ${ID.source}`);
}

function exists(message: string): StatusError {
  return new StatusError('ALREADY_EXISTS', message);
}

function absent(message: string): StatusError {
  return new StatusError('NOT_FOUND', message);
}
