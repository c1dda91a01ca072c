import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { fail } from '../engine/error-codes.ts';

/**
 * Absolute path of a file of `vega-datasets`, a package of public data for development.
 * @throws unsupported where development dependencies are not installed
 */
export function vegaDataset(file: string): string {
  const manifest = findPackageJSON('vega-datasets', import.meta.url);
  if (!manifest) {
    throw fail('unsupported', 'the data of the demo, the package vega-datasets, is not installed', {
      hint: 'Run npm ci in the repository.',
    });
  }
  return join(dirname(manifest), 'data', file);
}
