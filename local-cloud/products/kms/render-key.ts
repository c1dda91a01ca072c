import { ALGORITHM } from './crypto-key.ts';
import type { KeptKey } from './crypto-key.ts';
import type { FoundVersion } from './key-store.ts';

export function renderKey({ versions, primary, ...key }: KeptKey): object {
  const version = primary === null ? undefined : versions[primary - 1];
  if (primary === null || version === undefined) return key;
  const kept = { ...key, versions, primary };
  return { ...key, primary: renderKeyVersion({ key: kept, number: primary, version }) };
}

export function renderKeyVersion(found: FoundVersion): object {
  const { material: _secret, id: _id, ...version } = found.version;
  return {
    ...version,
    name: versionName(found),
    protectionLevel: found.key.versionTemplate?.protectionLevel,
    algorithm: ALGORITHM,
    generateTime: version.createTime,
  };
}

export function versionName({ key, number }: Pick<FoundVersion, 'key' | 'number'>): string {
  return `${key.name}/cryptoKeyVersions/${number}`;
}
