import { fail } from '../../../engine/error-codes.ts';
import type { Dataset, Warehouse } from '../../../engine/flow/warehouse.ts';

export function emptyWarehouse(): Warehouse {
  const dataset = {
    listTables: async () => [],
    tableDetail: async (name: string) => {
      throw fail('table_absent', `There is no table '${name}'.`);
    },
    previewTable: async (name: string) => {
      throw fail('table_absent', `There is no table '${name}'.`);
    },
    query: async () => ({
      columns: [{ name: 'a', type: 'bigint' }],
      rows: [['1']],
      truncated: false,
    }),
    quarantineSummary: async () => [],
  } as unknown as Dataset;
  return { withDataset: async (_scope, work) => await work(dataset), close: async () => {} };
}
