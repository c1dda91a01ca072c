import { lookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { fail } from '../../../engine/error-codes.ts';
import type { S3Credentials } from '../../../engine/pipeline/spec/file-source-spec.ts';
import { isAllowedAddress } from '../../../engine/tenant/allowed-address.ts';

export interface S3Options {
  /** Null: those of the platform, and its endpoint, as AWS's tools find them (AWS_REGION, …). */
  readonly credentials: S3Credentials | null;
  readonly allowPrivateAddresses: boolean;
}

/** Of one request that does not reach the storage; the SDK's own. */
const ATTEMPTS = 4;
const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 60_000;

/**
 * The SDK, which takes 0.4 s to load, with connections only to addresses that are allowed: they are
 * judged after the name was resolved, because a tenant may name the endpoint.
 * @throws source_address_forbidden
 */
export async function openS3Client({
  credentials,
  allowPrivateAddresses,
}: S3Options): Promise<S3Client> {
  const judge = (host: string, address: string): void => {
    if (!isAllowedAddress(address, allowPrivateAddresses)) throw forbidden(host);
  };
  requireEndpoint(credentials?.endpoint, judge);
  const { S3Client } = await import('@aws-sdk/client-s3');
  const agent = { keepAlive: true, maxSockets: 50, lookup: guardedLookup(judge) };
  return new S3Client({
    ...(credentials === null ? { forcePathStyle: true } : accessOf(credentials)),
    maxAttempts: ATTEMPTS,
    // Ours are sent and compared; others that speak S3 do not know those of the SDK.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
    },
  });
}

function accessOf({ endpoint, region, ...keys }: S3Credentials): S3ClientConfig {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    credentials: {
      accessKeyId: keys.access_key_id,
      secretAccessKey: keys.secret_access_key,
      ...(keys.session_token ? { sessionToken: keys.session_token } : {}),
    },
  };
}

type Judge = (host: string, address: string) => void;

/** A host that is an address never goes through lookup. */
function requireEndpoint(endpoint: string | undefined, judge: Judge): void {
  if (endpoint === undefined) return;
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw fail('storage_refused', `the endpoint '${endpoint}' is no address`, {
      hint: 'Write it as https://storage.example.com.',
    });
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host)) judge(host, host);
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

function guardedLookup(judge: Judge) {
  return (host: string, options: LookupOptions, callback: LookupCallback): void => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      try {
        if (error) throw error;
        for (const { address } of addresses) judge(host, address);
        const [first] = addresses;
        if (options.all) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      } catch (refused) {
        callback(refused as Error, '');
      }
    });
  };
}

function forbidden(host: string): Error {
  return fail(
    'source_address_forbidden',
    `The storage '${host}' has an address that is not public`,
    {
      hint: 'The operator allows private addresses with ALLOW_PRIVATE_SOURCES=true; link-local ones are never reached.',
    },
  );
}
