import { systemClock } from 'base/clock.ts';
import { restSourceSpec } from '../../engine/pipeline/spec/rest-source-spec.ts';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { createPageReader } from '../duckdb/page/page-reader.ts';
import { createRestSource } from './rest-source.ts';

/** A process of its own that extracts and can be killed: its folder and the server's URL. */
const [folder = '', baseUrl = ''] = process.argv.slice(2);
const pages = await createPageReader();
const source = createRestSource({
  pages,
  clock: systemClock,
  random: Math.random,
  allowPrivateAddresses: true,
});
await source.extract(tenantScope('acme'), {
  source: restSourceSpec.parse({
    type: 'rest_api',
    client: { base_url: baseUrl, paginator: 'json_link' },
    resources: ['items'],
  }),
  resource: 'items',
  state: null,
  folder,
  parents: {},
  signal: new AbortController().signal,
  onProgress: () => undefined,
});
await source.close();
await pages.close();
