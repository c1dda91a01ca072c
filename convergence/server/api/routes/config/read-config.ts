import { AppError } from 'base/error.ts';
import type { ConfigFiles } from '../../../../engine/pipeline/config-store.ts';
import { loadTenantConfig } from '../../../../engine/pipeline/load-tenant-config.ts';
import type { TenantConfig } from '../../../../engine/pipeline/tenant-config.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { ApiDeps } from '../../api-deps.ts';

export type ConfigDeps = Pick<ApiDeps, 'configs' | 'secrets'>;

/** What a tenant declares at this moment; nothing, where it has no folder yet. */
export async function readConfig(scope: TenantScope, deps: ConfigDeps): Promise<TenantConfig> {
  const { config } = await readDeclared(scope, deps);
  return config;
}

/** With the text of every file and document. */
export async function readDeclared(scope: TenantScope, deps: ConfigDeps) {
  const [files, secretNames] = await Promise.all([
    readFiles(scope, deps),
    deps.secrets.listSecrets(scope),
  ]);
  return { files, config: loadTenantConfig(files, secretNames) };
}

/** How many sources a tenant declares, against which its plan is held. */
export async function countSources(scope: TenantScope, deps: ConfigDeps): Promise<number> {
  const { sources } = await readConfig(scope, deps);
  return sources.size;
}

async function readFiles(scope: TenantScope, { configs }: ConfigDeps): Promise<ConfigFiles> {
  try {
    return await configs.readConfig(scope);
  } catch (error) {
    if (error instanceof AppError && error.code === 'tenant_absent') return new Map();
    throw error;
  }
}
