import type { Clock } from 'base/clock.ts';
import { KeptMap } from '../../control-plane/kept-map.ts';
import type { Records } from '../../control-plane/records.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { withProjectNumber } from '../identity/project-number.ts';
import type { Secret } from './secret.ts';
import { versionNumber } from './secret-version.ts';
import type { KeptVersion } from './secret-version.ts';

/** Secrets and their versions under the names that the service gives them, with project numbers. */
export class SecretStore {
  readonly #secrets: KeptMap<Secret>;
  readonly #versions: KeptMap<KeptVersion>;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(records: Records, clock: Pick<Clock, 'now'>) {
    this.#secrets = new KeptMap(records, 'secret');
    this.#versions = new KeptMap(records, 'secret.version');
    this.#clock = clock;
  }

  now(): Date {
    return this.#clock.now();
  }

  /** Those of a project, the newest first. */
  secretsOf(parent: string): readonly Secret[] {
    const prefix = `${withProjectNumber(globalOnly(parent))}/secrets/`;
    return this.#secrets
      .values()
      .filter((secret) => secret.name.startsWith(prefix) && !this.#isOver(secret))
      .toSorted((a, b) => b.createTime.localeCompare(a.createTime));
  }

  findSecret(asked: string): Secret | undefined {
    const secret = this.#secrets.get(withProjectNumber(globalOnly(asked)));
    return secret && !this.#isOver(secret) ? secret : undefined;
  }

  requireSecret(asked: string): Secret {
    const secret = this.findSecret(asked);
    if (secret) return secret;
    throw absent(`Secret [${withProjectNumber(asked)}] not found.`);
  }

  /** The newest first. */
  versionsOf(secret: Secret): readonly KeptVersion[] {
    const prefix = `${secret.name}/versions/`;
    return this.#versions
      .values()
      .filter(({ name }) => name.startsWith(prefix))
      .toSorted((a, b) => versionNumber(b) - versionNumber(a));
  }

  /** By number, by alias, or the newest by `latest`, whatever state it is in. */
  requireVersion(asked: string): [KeptVersion, Secret] {
    const name = withProjectNumber(asked);
    const [secretName = '', id = ''] = name.split('/versions/');
    const secret = this.findSecret(secretName);
    const versions = secret ? this.versionsOf(secret) : [];
    if (id === 'latest' && versions.length === 0)
      throw absent(`Secret [${secretName}] not found or has no versions.`);
    const wanted = id === 'latest' ? versions[0]?.name.split('/').at(-1) : id;
    const number = secret?.versionAliases?.[wanted ?? ''] ?? wanted;
    const version = this.#versions.get(`${secretName}/versions/${number}`);
    if (secret && version) return [version, secret];
    throw absent(`Secret Version [${name}] not found.`);
  }

  keepSecret(secret: Secret): void {
    // What an expired one of that name left behind would be versions of this one.
    if (!this.findSecret(secret.name)) this.#dropVersions(secret.name);
    this.#secrets.put(secret);
  }

  keepVersion(version: KeptVersion): void {
    this.#versions.put(version);
  }

  delete(secret: Secret): void {
    // Once the secret is gone its versions cannot be reached, whenever we are killed.
    this.#secrets.delete([secret.name]);
    this.#dropVersions(secret.name);
  }

  #dropVersions(secretName: string): void {
    const names = this.#versions.values().map(({ name }) => name);
    this.#versions.delete(names.filter((name) => name.startsWith(`${secretName}/versions/`)));
  }

  #isOver({ expireTime }: Secret): boolean {
    return expireTime !== undefined && Date.parse(expireTime) <= this.now().getTime();
  }
}

function globalOnly(name: string): string {
  if (name.split('/')[2] !== 'locations') return name;
  throw new StatusError('UNIMPLEMENTED', 'local-cloud does not model regional secrets');
}

function absent(message: string): StatusError {
  return new StatusError('NOT_FOUND', message);
}
