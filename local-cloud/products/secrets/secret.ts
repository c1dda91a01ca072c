import { randomBytes } from 'node:crypto';
import { StatusError } from '../../protocol/status-error.ts';

/** google.cloud.secretmanager.v1.Secret in JSON. */
export interface Secret extends SecretFields {
  readonly name: string;
  readonly createTime: string;
  readonly etag: string;
}

export interface SecretFields {
  readonly replication?: Replication;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly versionAliases?: Readonly<Record<string, string>>;
  readonly expireTime?: string;
  readonly ttl?: string;
  readonly etag?: string;
}

interface Replication {
  readonly automatic?: object;
  readonly userManaged?: { readonly replicas?: readonly { readonly location?: string }[] };
}

const known = new Set([
  'name',
  'createTime',
  'etag',
  'replication',
  'labels',
  'annotations',
  'versionAliases',
  'expireTime',
  'ttl',
]);
const ID = /^[a-zA-Z_0-9-]{1,255}$/;
const LABEL = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
const ALIAS = /^(?!latest$)[a-zA-Z][a-zA-Z0-9_-]{0,62}$/;

/** @throws INVALID_ARGUMENT, UNIMPLEMENTED */
export function makeSecret(name: string, fields: SecretFields, now: Date): Secret {
  const id = name.split('/').at(-1) ?? '';
  if (!ID.test(id)) {
    const format = 'does not match the expected format [[a-zA-Z_0-9]+]';
    throw invalid(`The provided Secret ID [${id}] ${format}.`);
  }
  checkFields(fields);
  checkReplication(fields.replication);
  if (Object.keys(fields.versionAliases ?? {}).length > 0)
    throw invalid('secret.version_aliases: a secret without versions cannot have aliases.');
  return { ...settle(fields, now), name, createTime: now.toISOString(), etag: newEtag() };
}

/** The masked fields are those of `wanted`. */
export function changeSecret(secret: Secret, wanted: SecretFields, change: SecretChange): Secret {
  const { paths, versions, now } = change;
  const strange = paths.find(
    (path) => !['labels', 'annotations', 'versionAliases', 'expireTime', 'ttl'].includes(path),
  );
  if (strange !== undefined) throw invalid(`The field ${strange} cannot be updated.`);
  checkFields(wanted);
  const entries = Object.entries(secret).filter(([field]) => !paths.includes(field));
  const changed = Object.entries(wanted).filter(([field]) => paths.includes(field));
  const merged = Object.fromEntries([...entries, ...changed]) as unknown as Secret;
  for (const [alias, version] of Object.entries(merged.versionAliases ?? {})) {
    if (!ALIAS.test(alias)) throw invalid(`The version alias [${alias}] is not valid.`);
    if (!versions.includes(version))
      throw invalid(`The version alias [${alias}] refers to version ${version}, which is absent.`);
  }
  return { ...settle(merged, now), ...required(secret), etag: newEtag() };
}

interface SecretChange {
  /** Of the update mask, in lowerCamelCase. */
  readonly paths: readonly string[];
  /** Numbers of the versions that are there. */
  readonly versions: readonly string[];
  readonly now: Date;
}

/** In quotes (AIP-154). */
export function newEtag(): string {
  return `"${randomBytes(7).toString('hex')}"`;
}

/** https://cloud.google.com/secret-manager/docs/etags */
export function refuseStale(resource: { readonly etag: string }, etag = ''): void {
  if (etag === '' || etag === resource.etag) return;
  const words = `The etag provided [${etag}] does not match the current etag [${resource.etag}].`;
  throw new StatusError('FAILED_PRECONDITION', words);
}

function required({ name, createTime }: Secret): Pick<Secret, 'name' | 'createTime'> {
  return { name, createTime };
}

/** A time to live becomes a time of expiry; the service never gives it back. */
function settle({ ttl, ...fields }: SecretFields, now: Date): SecretFields {
  if (ttl === undefined) return fields;
  const endMs = now.getTime() + Number.parseFloat(ttl) * 1000;
  return { ...fields, expireTime: new Date(endMs).toISOString() };
}

function checkFields(fields: SecretFields): void {
  const strange = Object.keys(fields).find((field) => !known.has(field));
  if (strange !== undefined)
    throw new StatusError('UNIMPLEMENTED', `local-cloud does not model ${strange} of secrets`);
  const labels = Object.entries(fields.labels ?? {});
  if (labels.length > 64) throw invalid('secret.labels: at most 64 are allowed.');
  for (const [key, value] of labels) {
    if (!LABEL.test(key)) throw invalid(`secret.labels: the key [${key}] is not valid.`);
    if (!LABEL_VALUE.test(value))
      throw invalid(`secret.labels: the value [${value}] is not valid.`);
  }
}

function checkReplication({ automatic, userManaged }: Replication = {}): void {
  if (automatic === undefined && userManaged === undefined)
    throw invalid('secret.replication: required, but missing.');
  const replicas = userManaged?.replicas ?? [];
  if (userManaged !== undefined && replicas.some(({ location = '' }) => location === ''))
    throw invalid('secret.replication.user_managed.replicas: each needs a location.');
  const encrypted = [automatic ?? {}, ...replicas].some(
    (one) => 'customerManagedEncryption' in one,
  );
  if (encrypted)
    throw new StatusError(
      'UNIMPLEMENTED',
      'local-cloud does not model customerManagedEncryption of secrets',
    );
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
