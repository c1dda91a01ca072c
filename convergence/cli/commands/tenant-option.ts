import { Option } from 'commander';

/** `--tenant`, of every command that works within one tenant. */
export function tenantOption(): Option {
  return new Option('--tenant <tenant>', 'the tenant; not needed with --api-key').env(
    'CONVERGENCE_TENANT',
  );
}
