import { StatusError } from '../../protocol/status-error.ts';
import { checksum } from '../kms/checksum.ts';
import { newEtag, refuseStale } from './secret.ts';
import type { Secret } from './secret.ts';

/** A SecretVersion with its payload, which `renderVersion` leaves out. */
export interface KeptVersion {
  readonly name: string;
  readonly createTime: string;
  readonly destroyTime?: string;
  readonly state: 'ENABLED' | 'DISABLED' | 'DESTROYED';
  readonly etag: string;
  readonly clientSpecifiedPayloadChecksum: boolean;
  /** Base64; null once it is destroyed. */
  readonly data: string | null;
}

/** google.cloud.secretmanager.v1.SecretPayload in JSON. */
export interface Payload {
  readonly data?: string;
  readonly dataCrc32c?: string;
}

const MAX_BYTES = 65_536;

/** @throws INVALID_ARGUMENT */
export function makeVersion(name: string, payload: Payload, now: Date): KeptVersion {
  const { data = '', dataCrc32c } = payload;
  const content = Buffer.from(data, 'base64');
  if (content.length === 0) throw invalid('Secret Payload cannot be empty.');
  if (content.length > MAX_BYTES)
    throw invalid(`The secret payload is too large: expected at most ${MAX_BYTES} bytes.`);
  if (dataCrc32c !== undefined && dataCrc32c !== checksum(content))
    throw invalid('The checksum in field data_crc32c did not match the data in field data.');
  return {
    name,
    createTime: now.toISOString(),
    state: 'ENABLED',
    etag: newEtag(),
    clientSpecifiedPayloadChecksum: dataCrc32c !== undefined,
    data,
  };
}

/** The same state again also makes a new etag, as the service's documentation says. */
export function changeState(version: KeptVersion, change: StateChange): KeptVersion {
  refuseStale(version, change.etag);
  if (version.state === 'DESTROYED') throw inState(version);
  const { state, now } = change;
  const changed = { ...version, state, etag: newEtag() };
  if (state !== 'DESTROYED') return changed;
  return { ...changed, destroyTime: now.toISOString(), data: null };
}

interface StateChange {
  readonly state: KeptVersion['state'];
  readonly etag?: string;
  readonly now: Date;
}

export function readPayload(version: KeptVersion): object {
  if (version.state !== 'ENABLED' || version.data === null) throw inState(version);
  const { name, data } = version;
  return { name, payload: { data, dataCrc32c: checksum(Buffer.from(data, 'base64')) } };
}

export function renderVersion({ data: _secret, ...version }: KeptVersion, secret: Secret): object {
  const replicas = secret.replication?.userManaged?.replicas;
  const replicationStatus = replicas
    ? { userManaged: { replicas: replicas.map(({ location }) => ({ location })) } }
    : { automatic: {} };
  return { ...version, replicationStatus };
}

export function versionNumber({ name }: { readonly name: string }): number {
  return Number(name.split('/').at(-1));
}

function inState({ name, state }: KeptVersion): StatusError {
  return new StatusError('FAILED_PRECONDITION', `Secret Version [${name}] is in ${state} state.`);
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
