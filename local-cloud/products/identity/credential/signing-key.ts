import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Clock } from 'base/clock.ts';
import type { Records } from '../../../control-plane/records.ts';
import { uniqueIdOf } from '../account/service-account.ts';

interface KeptKey {
  readonly pem: string;
}

const KIND = 'identity.key';
const ISSUER = 'https://accounts.google.com';
const LIFETIME_S = 3600;
export const KEY_ID = 'local-cloud';

/** The one RSA key that signs for all accounts; made when it is first needed. */
export class SigningKey {
  readonly #records: Records;
  readonly #clock: Pick<Clock, 'now'>;
  #key: KeyObject | null = null;

  constructor(records: Records, clock: Pick<Clock, 'now'>) {
    this.#records = records;
    this.#clock = clock;
  }

  /** RS256 (RFC 7518). */
  sign(content: Uint8Array): Buffer {
    return sign('sha256', content, this.#open());
  }

  /** An OpenID Connect ID token, as Google's: https://cloud.google.com/docs/authentication/token-types#id */
  makeIdToken(email: string, audience: string): string {
    const issuedAt = Math.floor(this.#clock.now().getTime() / 1000);
    const id = uniqueIdOf(email);
    const head = { alg: 'RS256', kid: KEY_ID, typ: 'JWT' };
    const claims = {
      aud: audience,
      azp: id,
      email,
      email_verified: true,
      exp: issuedAt + LIFETIME_S,
      iat: issuedAt,
      iss: ISSUER,
      sub: id,
    };
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const content = `${encode(head)}.${encode(claims)}`;
    return `${content}.${this.sign(Buffer.from(content)).toString('base64url')}`;
  }

  /** A set of JSON Web Keys (RFC 7517) to verify with. */
  publicKeys(): object {
    const jwk = createPublicKey(this.#open()).export({ format: 'jwk' });
    return { keys: [{ ...jwk, alg: 'RS256', kid: KEY_ID, use: 'sig' }] };
  }

  #open(): KeyObject {
    const [kept] = this.#records.list<KeptKey>(KIND);
    this.#key ??= kept ? createPrivateKey(kept.pem) : this.#make();
    return this.#key;
  }

  #make(): KeyObject {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    this.#records.write([{ kind: KIND, name: KEY_ID, value: { pem } satisfies KeptKey }]);
    return privateKey;
  }
}
