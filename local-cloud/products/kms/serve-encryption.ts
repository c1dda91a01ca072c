import type { Handler } from '../../protocol/handler.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { checksum } from './checksum.ts';
import { decrypt, encrypt, findVersion } from './cipher.ts';
import type { FoundVersion, KeyStore } from './key-store.ts';
import { versionName } from './render-key.ts';
import { requireState } from './serve-key-versions.ts';

/** Bytes are base64 and checksums int64, as in JSON. */
interface EncryptRequest extends Aad {
  readonly name: string;
  readonly plaintext?: string;
  readonly plaintextCrc32c?: string;
}

interface DecryptRequest extends Aad {
  readonly name: string;
  readonly ciphertext: string;
  readonly ciphertextCrc32c?: string;
}

interface Aad {
  readonly additionalAuthenticatedData?: string;
  readonly additionalAuthenticatedDataCrc32c?: string;
}

/** https://cloud.google.com/kms/quotas: of the plaintext and of the associated data. */
const MAX_BYTES = 65_536;

export function serveEncryption(store: KeyStore): Readonly<Record<string, Handler>> {
  return {
    Encrypt: async (request: EncryptRequest) => answerEncrypt(store, request),
    Decrypt: async (request: DecryptRequest) => answerDecrypt(store, request),
  };
}

function answerEncrypt(store: KeyStore, request: EncryptRequest): object {
  const { plaintext = '', plaintextCrc32c } = request;
  const content = Buffer.from(plaintext, 'base64');
  if (content.length > MAX_BYTES)
    throw invalid(`plaintext: has ${content.length} bytes: expected at most ${MAX_BYTES}`);
  const aad = readAad(request);
  const verified = verify('plaintext', content, plaintextCrc32c);
  const found = requireState(findForEncryption(store, request.name), ['ENABLED']);
  const ciphertext = encrypt(found.version, content, aad.content);
  return {
    name: versionName(found),
    ciphertext: ciphertext.toString('base64'),
    ciphertextCrc32c: checksum(ciphertext),
    verifiedPlaintextCrc32c: verified,
    verifiedAdditionalAuthenticatedDataCrc32c: aad.verified,
    protectionLevel: found.key.versionTemplate?.protectionLevel,
  };
}

function answerDecrypt(store: KeyStore, request: DecryptRequest): object {
  const ciphertext = Buffer.from(request.ciphertext, 'base64');
  const aad = readAad(request);
  verify('ciphertext', ciphertext, request.ciphertextCrc32c);
  const key = store.requireKey(request.name);
  const number = findVersion(key, ciphertext);
  const name = `${key.name}/cryptoKeyVersions/${number}`;
  const { version } = requireState(store.requireVersion(name), ['ENABLED']);
  const plaintext = decrypt(version, ciphertext, aad.content);
  return {
    plaintext: plaintext.toString('base64'),
    plaintextCrc32c: checksum(plaintext),
    usedPrimary: number === key.primary,
    protectionLevel: key.versionTemplate?.protectionLevel,
  };
}

/** By the name of a key its primary version, or a version by its own name. */
function findForEncryption(store: KeyStore, name: string): FoundVersion {
  if (name.includes('/cryptoKeyVersions/')) return store.requireVersion(name);
  const key = store.requireKey(name);
  if (key.primary !== null) return store.requireVersion(`${name}/cryptoKeyVersions/${key.primary}`);
  throw new StatusError('FAILED_PRECONDITION', `CryptoKey ${name} has no primary version.`);
}

function readAad(request: Aad): { content: Buffer; verified: boolean } {
  const content = Buffer.from(request.additionalAuthenticatedData ?? '', 'base64');
  const field = 'additional_authenticated_data';
  if (content.length > MAX_BYTES)
    throw invalid(`${field}: has ${content.length} bytes: expected at most ${MAX_BYTES}`);
  const verified = verify(field, content, request.additionalAuthenticatedDataCrc32c);
  return { content, verified };
}

function verify(field: string, content: Uint8Array, given: string | undefined): boolean {
  if (given === undefined) return false;
  if (given === checksum(content)) return true;
  throw invalid(`The checksum in field ${field}_crc32c did not match the data in field ${field}.`);
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
