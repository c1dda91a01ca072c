import type { KeyManagementServiceClient } from '@google-cloud/kms';
import { atOpening } from './translate-kms-error.ts';

const ALREADY_EXISTS = 6;
const ROTATION_DAYS = 90;
const DAY_S = 86_400;

/** The parts of `projects/…/locations/…/keyRings/…/cryptoKeys/…`. */
function partsOf(keyName: string) {
  const [, project = '', , location = '', , ring = '', , key = ''] = keyName.split('/');
  return { project, location, ring, key };
}

interface Creation {
  readonly client: KeyManagementServiceClient;
  readonly now: Date;
}

/**
 * Makes the key ring and the key where they are not there; false when nothing was to do.
 * @throws kms_invalid, kms_unavailable
 */
export async function createGoogleKey(keyName: string, deps: Creation): Promise<boolean> {
  try {
    return await create(keyName, deps);
  } catch (error) {
    throw atOpening(keyName, error);
  }
}

async function create(keyName: string, { client, now }: Creation): Promise<boolean> {
  const { project, location, ring, key } = partsOf(keyName);
  const place = `projects/${project}/locations/${location}`;
  const next = Math.floor(now.getTime() / 1000) + ROTATION_DAYS * DAY_S;
  await unlessThere(client.createKeyRing({ parent: place, keyRingId: ring, keyRing: {} }));
  return await unlessThere(
    client.createCryptoKey({
      parent: `${place}/keyRings/${ring}`,
      cryptoKeyId: key,
      cryptoKey: {
        purpose: 'ENCRYPT_DECRYPT',
        rotationPeriod: { seconds: ROTATION_DAYS * DAY_S },
        nextRotationTime: { seconds: next },
      },
    }),
  );
}

/**
 * Adds a version, with which is encrypted from then on.
 * @throws kms_invalid, kms_unavailable
 */
export async function rotateGoogleKey(
  keyName: string,
  client: KeyManagementServiceClient,
): Promise<void> {
  try {
    const version = { parent: keyName, cryptoKeyVersion: {} };
    const [{ name }] = await client.createCryptoKeyVersion(version);
    const cryptoKeyVersionId = name?.split('/').at(-1) ?? '';
    await client.updateCryptoKeyPrimaryVersion({ name: keyName, cryptoKeyVersionId });
  } catch (error) {
    throw atOpening(keyName, error);
  }
}

/** The same for a person to run. */
export function gcloudCommands(keyName: string, done: 'created' | 'rotated', now: Date): string[] {
  const { project, location, ring, key } = partsOf(keyName);
  const where = `--location=${location} --project=${project}`;
  const next = new Date(now.getTime() + ROTATION_DAYS * DAY_S * 1000);
  const schedule = `--rotation-period=${ROTATION_DAYS}d --next-rotation-time=${next.toISOString()}`;
  if (done === 'rotated')
    return [`gcloud kms keys versions create --key=${key} --keyring=${ring} --primary ${where}`];
  return [
    `gcloud kms keyrings create ${ring} ${where}`,
    `gcloud kms keys create ${key} --keyring=${ring} --purpose=encryption ${schedule} ${where}`,
  ];
}

async function unlessThere(creating: Promise<unknown>): Promise<boolean> {
  try {
    await creating;
    return true;
  } catch (error) {
    if ((error as { code?: number }).code === ALREADY_EXISTS) return false;
    throw error;
  }
}
