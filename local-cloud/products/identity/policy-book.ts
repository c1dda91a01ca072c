import { randomBytes } from 'node:crypto';
import { KeptMap } from '../../control-plane/kept-map.ts';
import type { Records } from '../../control-plane/records.ts';
import { StatusError } from '../../protocol/status-error.ts';
import type { AccountBook } from './account/account-book.ts';
import { checkPolicy } from './check-policy.ts';
import type { Policy } from './check-policy.ts';

interface KeptPolicy {
  readonly name: string;
  readonly policy: Policy;
}

/** Etag of a policy that nobody has set, as Google gives it. */
const UNSET_ETAG = 'ACAB';

/** Who may do what with which resource, by the resource's name. Kept, and never asked. */
export class PolicyBook {
  readonly #kept: KeptMap<KeptPolicy>;
  readonly #accounts: Pick<AccountBook, 'isKnown'>;

  constructor(records: Records, accounts: Pick<AccountBook, 'isKnown'>) {
    this.#kept = new KeptMap(records, 'iam.policy');
    this.#accounts = accounts;
  }

  get(resource: string): Policy {
    return this.#kept.get(resource)?.policy ?? { etag: UNSET_ETAG };
  }

  /** With an etag only onto the policy that has it; without one onto any. */
  set(resource: string, wanted: Policy): Policy {
    checkPolicy(wanted, (email) => this.#accounts.isKnown(email));
    const { etag } = wanted;
    if (etag !== undefined && etag !== '' && etag !== this.get(resource).etag) {
      const words = 'There were concurrent policy changes. ';
      const cure = 'Please retry the whole read-modify-write with exponential backoff.';
      throw new StatusError('ABORTED', words + cure);
    }
    const bindings = (wanted.bindings ?? []).filter(({ members }) => (members ?? []).length > 0);
    const policy = {
      version: wanted.version || 1,
      etag: randomBytes(8).toString('base64'),
      ...(bindings.length > 0 && { bindings }),
    };
    this.#kept.put({ name: resource, policy });
    return policy;
  }

  forget(resource: string): void {
    this.#kept.delete([resource]);
  }
}
