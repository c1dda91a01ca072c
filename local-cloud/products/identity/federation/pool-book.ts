import { KeptMap } from '../../../control-plane/kept-map.ts';
import type { Records } from '../../../control-plane/records.ts';
import { StatusError } from '../../../protocol/status-error.ts';
import type { Pool, Provider } from './provider.ts';

/** Workload identity pools and their providers. */
export class PoolBook {
  readonly pools: KeptMap<Pool>;
  readonly providers: KeptMap<Provider>;

  constructor(records: Records) {
    this.pools = new KeptMap(records, 'iam.pool');
    this.providers = new KeptMap(records, 'iam.provider');
  }

  require(name: string): Pool | Provider {
    const found = this.find(name);
    if (found) return found;
    throw new StatusError('NOT_FOUND', 'Requested entity was not found.');
  }

  refuseTaken(name: string): string {
    if (!this.find(name)) return name;
    throw new StatusError('ALREADY_EXISTS', 'Requested entity already exists');
  }

  /** Below a project's location or a pool, by names. */
  of(book: 'pools' | 'providers', parent: string): readonly object[] {
    const kept: readonly { readonly name: string }[] = this[book].values();
    return kept.filter(({ name }) => name.startsWith(`${parent}/`));
  }

  find(name: string): Pool | Provider | undefined {
    return this.pools.get(name) ?? this.providers.get(name);
  }
}
