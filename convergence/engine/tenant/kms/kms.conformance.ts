import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32c } from './crc32c.ts';
import { openSealed, rewrapKey, sealValue } from './envelope.ts';
import type { Kms } from './kms.ts';

export interface KmsHarness {
  readonly kms: Kms;
  /** A second client of the same KMS, as another process would have it. */
  readonly other: Kms;
  /** Makes a new version of the master key. */
  rotate(): Promise<void>;
}

const DATA_KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const REFUSED = { code: 'kms_refused' };

/** What every KMS must do; `open` gives a new one with one version each time. */
export function kmsConformance(name: string, open: () => Promise<KmsHarness>): void {
  describe(`${name} as a KMS`, () => {
    for (const [title, run] of Object.entries(CASES)) {
      test(title, async () => run(await open()));
    }
  });
}

const CASES: Readonly<Record<string, (harness: KmsHarness) => Promise<void>>> = {
  async 'gives back what it encrypted, to every client, and never shows it'({ kms, other }) {
    const wrapped = await kms.encrypt(DATA_KEY, 'a');
    assert.deepEqual(new Uint8Array(await other.decrypt(wrapped, 'a')), DATA_KEY);
    assert.ok(!Buffer.from(wrapped.ciphertext).includes(Buffer.from(DATA_KEY)));
    assert.equal(wrapped.crc32c, crc32c(wrapped.ciphertext));
    const again = await kms.encrypt(DATA_KEY, 'a');
    assert.notDeepEqual(again.ciphertext, wrapped.ciphertext);
  },

  async 'takes keys of 1 KiB and contexts of any script'({ kms }) {
    const key = new Uint8Array(1_024).fill(7);
    const context = 'convergence/tenant/größe/credential/ключ';
    const wrapped = await kms.encrypt(key, context);
    assert.deepEqual(new Uint8Array(await kms.decrypt(wrapped, context)), key);
  },

  async 'refuses another context'({ kms }) {
    const wrapped = await kms.encrypt(DATA_KEY, 'tenant/a');
    await assert.rejects(kms.decrypt(wrapped, 'tenant/b'), REFUSED);
    await assert.rejects(kms.decrypt(wrapped, ''), REFUSED);
  },

  async 'refuses what was damaged, with and without its checksum'({ kms }) {
    const wrapped = await kms.encrypt(DATA_KEY, 'a');
    const ciphertext = Uint8Array.from(wrapped.ciphertext, (byte, at) =>
      at === 20 ? ~byte : byte,
    );
    await assert.rejects(kms.decrypt({ ...wrapped, ciphertext }, 'a'), REFUSED);
    const sum = crc32c(ciphertext);
    await assert.rejects(kms.decrypt({ ...wrapped, ciphertext, crc32c: sum }, 'a'), REFUSED);
    await assert.rejects(kms.decrypt({ ...wrapped, crc32c: sum }, 'a'), REFUSED);
    const none = { ...wrapped, ciphertext: new Uint8Array(0), crc32c: 0 };
    await assert.rejects(kms.decrypt(none, 'a'), REFUSED);
  },

  async 'refuses a version that it does not have'({ kms }) {
    const wrapped = await kms.encrypt(DATA_KEY, 'a');
    const version = `${wrapped.version.slice(0, -1)}_`;
    await assert.rejects(kms.decrypt({ ...wrapped, version }, 'a'), REFUSED);
  },

  async 'after a rotation every client uses the new version, and reads what is under the old'(
    harness,
  ) {
    const { kms, other } = harness;
    const old = await kms.encrypt(DATA_KEY, 'a');
    await other.encrypt(DATA_KEY, 'a');
    await harness.rotate();
    for (const client of [kms, other]) {
      const wrapped = await client.encrypt(DATA_KEY, 'a');
      assert.notEqual(wrapped.version, old.version);
      const versions = (await client.listVersions()).map(({ version }) => version);
      assert.deepEqual(versions, [old.version, wrapped.version]);
      assert.deepEqual(new Uint8Array(await kms.decrypt(old, 'a')), DATA_KEY);
      assert.deepEqual(new Uint8Array(await kms.decrypt(wrapped, 'a')), DATA_KEY);
    }
  },

  async 'a sealed value outlives a rotation, and its data key moves to the new version'(harness) {
    const { kms } = harness;
    const sealed = await sealValue('hunter2 ü', 'a', { kms });
    assert.ok(!Buffer.from(sealed.ciphertext).includes('hunter2'));
    await harness.rotate();
    assert.equal(await openSealed(sealed, 'a', kms), 'hunter2 ü');
    const wrappedKey = await rewrapKey(sealed.wrappedKey, 'a', kms);
    assert.notEqual(wrappedKey.version, sealed.wrappedKey.version);
    assert.equal(await openSealed({ ...sealed, wrappedKey }, 'a', kms), 'hunter2 ü');
    await assert.rejects(openSealed(sealed, 'b', kms), REFUSED);
    const ciphertext = sealed.ciphertext.toReversed();
    await assert.rejects(openSealed({ ...sealed, ciphertext }, 'a', kms), REFUSED);
  },
};
