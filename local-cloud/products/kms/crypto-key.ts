import { randomBytes } from 'node:crypto';
import { StatusError } from '../../protocol/status-error.ts';

/** google.cloud.kms.v1.CryptoKey in JSON, with its versions and without its primary one. */
export interface KeptKey extends KeyFields {
  readonly name: string;
  readonly createTime: string;
  /** Number of the version that encrypts; null for a key without one. */
  readonly primary: number | null;
  /** The first has number 1. */
  readonly versions: readonly KeyVersion[];
}

export interface KeyFields {
  readonly purpose?: string;
  readonly nextRotationTime?: string;
  readonly rotationPeriod?: string;
  readonly versionTemplate?: { readonly protectionLevel?: string; readonly algorithm?: string };
  readonly labels?: Readonly<Record<string, string>>;
  readonly destroyScheduledDuration?: string;
}

export interface KeyVersion {
  readonly state: VersionState;
  readonly createTime: string;
  readonly destroyTime?: string;
  readonly destroyEventTime?: string;
  /** Of AES-256, base64; null once it is destroyed. */
  readonly material: string | null;
  /** In each of its ciphertexts, base64. */
  readonly id: string;
}

type VersionState = 'ENABLED' | 'DISABLED' | 'DESTROY_SCHEDULED' | 'DESTROYED';

const known = new Set([
  'name',
  'purpose',
  'nextRotationTime',
  'rotationPeriod',
  'versionTemplate',
  'labels',
  'destroyScheduledDuration',
]);
const DAY_S = 86_400;
const DEFAULT_DESTROY_S = 30 * DAY_S;
export const ALGORITHM = 'GOOGLE_SYMMETRIC_ENCRYPTION';

/** @throws INVALID_ARGUMENT, UNIMPLEMENTED */
export function makeKey(name: string, fields: KeyFields, { now, isEmpty }: Creation): KeptKey {
  checkFields(fields);
  checkPurpose(fields);
  checkRotation(fields, now);
  const destroyS = seconds(fields.destroyScheduledDuration ?? `${DEFAULT_DESTROY_S}s`);
  if (destroyS < DAY_S) throw invalid('destroy_scheduled_duration must be at least 24 hours.');
  return {
    ...fields,
    name,
    createTime: now.toISOString(),
    destroyScheduledDuration: `${destroyS}s`,
    versionTemplate: {
      protectionLevel: fields.versionTemplate?.protectionLevel ?? 'SOFTWARE',
      algorithm: ALGORITHM,
    },
    primary: isEmpty ? null : 1,
    versions: isEmpty ? [] : [makeKeyVersion(now)],
  };
}

interface Creation {
  readonly now: Date;
  readonly isEmpty: boolean;
}

export function makeKeyVersion(now: Date): KeyVersion {
  return {
    state: 'ENABLED',
    createTime: now.toISOString(),
    material: randomBytes(32).toString('base64'),
    id: randomBytes(16).toString('base64'),
  };
}

/** The masked fields are those of `wanted`. */
export function changeKey(key: KeptKey, wanted: KeyFields, change: KeyChange): KeptKey {
  const { paths, now } = change;
  const strange = paths.find(
    (path) => !['labels', 'nextRotationTime', 'rotationPeriod'].includes(path),
  );
  if (strange !== undefined) throw invalid(`The field ${strange} cannot be updated.`);
  checkFields(wanted);
  const entries = Object.entries(key).filter(([field]) => !paths.includes(field));
  const changed = Object.entries(wanted).filter(([field]) => paths.includes(field));
  const merged = Object.fromEntries([...entries, ...changed]) as unknown as KeptKey;
  if (paths.some((path) => path !== 'labels')) checkRotation(merged, now);
  return merged;
}

interface KeyChange {
  /** Of the update mask, in lowerCamelCase. */
  readonly paths: readonly string[];
  readonly now: Date;
}

/** What time has done to it: versions whose time to be destroyed has come, and rotations. */
export function settleKey(key: KeptKey, now: Date): KeptKey {
  return rotate(destroy(key, now), now);
}

export function seconds(duration: string): number {
  return Number.parseFloat(duration);
}

function destroy(key: KeptKey, now: Date): KeptKey {
  const isDue = ({ state, destroyTime = '' }: KeyVersion): boolean =>
    state === 'DESTROY_SCHEDULED' && Date.parse(destroyTime) <= now.getTime();
  if (!key.versions.some(isDue)) return key;
  const versions = key.versions.map((version): KeyVersion => {
    if (!isDue(version)) return version;
    const destroyEventTime = version.destroyTime ?? now.toISOString();
    return { ...version, state: 'DESTROYED', destroyEventTime, material: null };
  });
  return { ...key, versions };
}

/** After a long sleep only once, as a scheduler that was down. */
function rotate(key: KeptKey, now: Date): KeptKey {
  const { nextRotationTime, rotationPeriod } = key;
  const dueMs = Date.parse(nextRotationTime ?? '');
  if (!(dueMs <= now.getTime())) return key;
  const versions = [...key.versions, makeKeyVersion(new Date(dueMs))];
  const rotated = { ...key, versions, primary: versions.length };
  const { nextRotationTime: _done, ...once } = rotated;
  if (rotationPeriod === undefined) return once;
  const periodMs = seconds(rotationPeriod) * 1000;
  const missed = Math.floor((now.getTime() - dueMs) / periodMs) + 1;
  return { ...rotated, nextRotationTime: new Date(dueMs + missed * periodMs).toISOString() };
}

function checkFields(fields: KeyFields): void {
  const strange = Object.keys(fields).find((field) => !known.has(field));
  if (strange !== undefined)
    throw new StatusError('UNIMPLEMENTED', `local-cloud does not model ${strange} of crypto keys`);
}

function checkPurpose({ purpose, versionTemplate = {} }: KeyFields): void {
  if (purpose === undefined) throw invalid('crypto_key.purpose: required, but missing.');
  if (purpose !== 'ENCRYPT_DECRYPT')
    throw new StatusError('UNIMPLEMENTED', `local-cloud does not model keys for ${purpose}`);
  const { algorithm = ALGORITHM, protectionLevel = 'SOFTWARE' } = versionTemplate;
  if (algorithm !== ALGORITHM)
    throw invalid(`The algorithm ${algorithm} is not one of the purpose ${purpose}.`);
  if (!['SOFTWARE', 'HSM'].includes(protectionLevel))
    throw new StatusError('UNIMPLEMENTED', `local-cloud does not model keys of ${protectionLevel}`);
}

function checkRotation({ rotationPeriod, nextRotationTime }: KeyFields, now: Date): void {
  if (rotationPeriod !== undefined && seconds(rotationPeriod) < DAY_S)
    throw invalid('rotation_period must be at least 24 hours.');
  if (rotationPeriod !== undefined && nextRotationTime === undefined)
    throw invalid('next_rotation_time must be set when rotation_period is set.');
  if (nextRotationTime !== undefined && Date.parse(nextRotationTime) <= now.getTime())
    throw invalid('next_rotation_time must be in the future.');
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
