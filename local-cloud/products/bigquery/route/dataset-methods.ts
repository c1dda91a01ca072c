import { BigQueryError } from '../bigquery-error.ts';
import {
  changeDataset,
  etagOf,
  makeDataset,
  renderDataset,
  renderDatasetItem,
} from '../resource/dataset.ts';
import { readBody, readPage, requireEtag } from './bigquery-call.ts';
import type { BigQueryCall, Method, PathParameters } from './bigquery-call.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets */
export const datasetMethods: Readonly<Record<string, Method>> = {
  'bigquery.datasets.insert': async (call, { projectId = '' }) => {
    const { deps, host } = call;
    const dataset = makeDataset(projectId, await readBody(call, 'Dataset'), deps.now());
    const { datasetId } = dataset.datasetReference;
    if (deps.store.tables.findDataset(dataset.datasetReference))
      throw new BigQueryError('duplicate', `Already Exists: Dataset ${projectId}:${datasetId}`);
    return renderDataset(deps.store.tables.writeDataset(dataset), host);
  },
  'bigquery.datasets.get': ({ deps, host }, path) =>
    renderDataset(deps.store.tables.requireDataset(datasetReference(path)), host),
  'bigquery.datasets.list': ({ deps, query }, { projectId = '' }) => {
    const filters = labelFilters(query.get('filter'));
    const all = deps.store.tables
      .listDatasets(projectId)
      .filter(({ labels = {} }) =>
        filters.every(([key, value]) => key in labels && (value === null || labels[key] === value)),
      );
    const { items, ...more } = readPage(all, query);
    return {
      kind: 'bigquery#datasetList',
      etag: etagOf(all),
      datasets: items.map(renderDatasetItem),
      ...more,
    };
  },
  'bigquery.datasets.patch': (call, path) => change(call, path, true),
  'bigquery.datasets.update': (call, path) => change(call, path, false),
  'bigquery.datasets.delete': ({ deps, query }, path) => {
    const { store } = deps;
    const reference = datasetReference(path);
    store.tables.requireDataset(reference);
    const tables = store.tables.listTables(reference);
    if (tables.length > 0 && query.get('deleteContents') !== 'true')
      throw new BigQueryError(
        'resourceInUse',
        `Dataset ${reference.projectId}:${reference.datasetId} is still in use`,
      );
    store.atomically(() => {
      for (const table of tables) store.dropTable(table);
      store.tables.deleteDataset(reference);
    });
    return undefined;
  },
};

async function change(call: BigQueryCall, path: PathParameters, isPatch: boolean): Promise<object> {
  const { deps, host } = call;
  const body = await readBody(call, 'Dataset');
  const before = deps.store.tables.requireDataset(datasetReference(path));
  requireEtag(call, etagOf(before));
  const after = changeDataset(before, body, { isPatch, now: deps.now() });
  return renderDataset(deps.store.tables.writeDataset(after), host);
}

/** `labels.key:value` and `labels.key`, apart by blanks. */
function labelFilters(filter: string | null): (readonly [string, string | null])[] {
  return (filter ?? '')
    .split(/\s+(?:AND\s+)?/)
    .filter(Boolean)
    .map((one) => {
      const [, key, value] = /^labels\.([^:]+)(?::(.*))?$/.exec(one) ?? [];
      if (key === undefined) throw new BigQueryError('invalid', `Invalid filter: ${one}`);
      return [key, value ?? null] as const;
    });
}

export function datasetReference({ projectId = '', datasetId = '' }: PathParameters) {
  return { projectId, datasetId };
}
