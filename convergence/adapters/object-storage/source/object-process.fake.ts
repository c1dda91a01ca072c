import { PassThroughClient } from 'google-auth-library';
import { objectSourceSpec } from '../../../engine/pipeline/spec/file-source-spec.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { GcsStore } from '../gcs/gcs-store.ts';
import { createObjectSource } from './object-source.ts';

/** Extracts `gs://killed/*` into a folder: `node object-process.fake.ts ENDPOINT FOLDER`. */
const [, , apiEndpoint = '', folder = ''] = process.argv;
const authClient = new PassThroughClient();
const store = new GcsStore(async () => ({ projectId: 'p', apiEndpoint, authClient }));
const resources = [{ name: 'rows', path: 'gs://killed/*' }];
await createObjectSource(async () => store).extract(tenantScope('acme_corp'), {
  source: objectSourceSpec.parse({ type: 'object_storage', resources }),
  resource: 'rows',
  state: null,
  folder,
  parents: {},
  signal: new AbortController().signal,
  onProgress: () => undefined,
});
