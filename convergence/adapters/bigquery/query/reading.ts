import { fail } from '../../../engine/error-codes.ts';
import type { WorkLimits } from '../../../engine/tenant/plan/plan.ts';
import type { Reading } from '../dataset/dataset.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';
import { quoteName, quoteText } from '../sql-text.ts';

/** What of a dataset reads tables and builds them with SQL of the tenant, within its limits. */
export function createReading(_dataset: TenantDataset, _limits: WorkLimits | undefined): Reading {
  const no = () => Promise.reject(fail('unsupported', 'this version does not read from BigQuery'));
  return {
    dialect: { quoteName, quoteText },
    measure: no,
    referencedTables: no,
    buildModel: no,
    listTables: no,
    tableDetail: no,
    previewTable: no,
    query: no,
  };
}
