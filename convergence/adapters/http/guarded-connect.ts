import { lookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { fail } from '../../engine/error-codes.ts';
import { isAllowedAddress } from '../../engine/tenant/allowed-address.ts';

type LookupCallback = (
  error: Error | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/**
 * Connections to where a tenant says. The address is judged after the name was resolved and used as judged, so
 * that a name cannot point elsewhere the second time; redirects and token URLs come by here too.
 */
export function createAgent(options: {
  readonly allowPrivateAddresses: boolean;
  /** What to throw for an address that is not allowed; of sources unless told. */
  readonly forbidden?: (host: string) => Error;
}): Agent {
  const { forbidden = sourceForbidden } = options;
  const judge = (host: string, address: string) => {
    if (!isAllowedAddress(address, options.allowPrivateAddresses)) throw forbidden(host);
  };
  const connect = buildConnector({
    allowH2: false,
    timeout: 10_000,
    lookup: (host: string, lookupOptions: LookupOptions, callback: LookupCallback) => {
      lookup(host, { ...lookupOptions, all: true }, (error, addresses) => {
        try {
          if (error) throw error;
          for (const { address } of addresses) judge(host, address);
          const [first] = addresses;
          if (lookupOptions.all) callback(null, addresses);
          else callback(null, first?.address ?? '', first?.family);
        } catch (refused) {
          callback(refused as Error, '');
        }
      });
    },
  });
  return new Agent({
    // A host that is an address never goes through lookup.
    connect: (target, callback) => {
      const host = target.hostname.replace(/^\[|\]$/g, '');
      try {
        if (isIP(host)) judge(host, host);
      } catch (error) {
        callback(error as Error, null);
        return;
      }
      connect(target, callback);
    },
  });
}

function sourceForbidden(host: string): Error {
  return fail(
    'source_address_forbidden',
    `The source '${host}' has an address that is not public`,
    {
      hint: 'The operator allows private addresses with ALLOW_PRIVATE_SOURCES=true; link-local ones are never reached.',
    },
  );
}
