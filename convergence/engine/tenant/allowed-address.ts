import ipaddr from 'ipaddr.js';

/**
 * Whether something that a tenant names may be reached at an address: public ones; with
 * `allowPrivate` also private ones and this machine. Never link-local ones: there the clouds hand
 * out the credentials of the machine.
 */
export function isAllowedAddress(address: string, allowPrivate: boolean): boolean {
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  const metadata = parsed.toString() === 'fd00:ec2::254';
  if (range === 'linkLocal' || metadata) return false;
  if (range === 'unicast') return true;
  return allowPrivate && (range === 'private' || range === 'loopback' || range === 'uniqueLocal');
}
