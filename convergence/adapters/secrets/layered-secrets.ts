import { AppError } from 'base/error.ts';
import type { SecretStore } from '../../engine/tenant/secret-store.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';

/** Secrets from the first of two places; from the second, where the first has none of that name. */
export class LayeredSecrets implements SecretStore {
  readonly #first: SecretStore;
  readonly #second: SecretStore;

  constructor(first: SecretStore, second: SecretStore) {
    this.#first = first;
    this.#second = second;
  }

  async readSecret(scope: TenantScope, name: string): Promise<string> {
    try {
      return await this.#first.readSecret(scope, name);
    } catch (error) {
      const isAbsent = error instanceof AppError && error.code === 'secret_absent';
      // One that is there and cannot be used is a mistake, not a reason to use another value.
      if (!isAbsent || (await this.#first.listSecrets(scope)).includes(name)) throw error;
      return await this.#second.readSecret(scope, name);
    }
  }

  async listSecrets(scope: TenantScope): Promise<string[]> {
    const stores = [this.#first, this.#second];
    const names = await Promise.all(stores.map((store) => store.listSecrets(scope)));
    return [...new Set(names.flat())].toSorted();
  }
}
