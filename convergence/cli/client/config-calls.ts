import type {
  DeletedAnswer,
  DiffAnswer,
  DocumentAnswer,
  DocumentListAnswer,
  VersionListAnswer,
} from '../../server/api/contract/config/document.ts';
import type { ProblemListAnswer } from '../../server/api/contract/config/pipeline.ts';
import type { Query, SendCall } from './send-call.ts';

const root = '/api/v1/configs';

interface DocumentWrite {
  readonly text: string;
  readonly ifMatch?: number | undefined;
}

/** Configs as documents; `path` as `sources/orders.yml`. */
export function configCalls(send: SendCall) {
  return {
    readConfigProblems: (tenantId: string) =>
      send<ProblemListAnswer>('GET', '/api/v1/config/problems', { tenantId }),
    listConfigs: () => send<DocumentListAnswer>('GET', root),
    getConfig: (path: string, query: Query) => send<DocumentAnswer>('GET', at(path), { query }),
    putConfig: (path: string, document: DocumentWrite) =>
      send<DocumentAnswer>('PUT', at(path), { document }),
    deleteConfig: (path: string, ifMatch: number | undefined) =>
      send<DeletedAnswer>('DELETE', at(path), { document: { ifMatch } }),
    listConfigVersions: (path: string, query: Query) =>
      send<VersionListAnswer>('GET', `${at(path)}/versions`, { query }),
    diffConfig: (path: string, query: Query) =>
      send<DiffAnswer>('GET', `${at(path)}/diff`, { query }),
    rollBackConfig: (path: string, version: number) =>
      send<DocumentAnswer>('POST', `${at(path)}/rollback`, { body: { version } }),
  };
}

/** The API takes the folder and the rest of the path as one segment each. */
function at(path: string): string {
  const [folder = '', ...rest] = path.split('/');
  return `${root}/${encodeURIComponent(folder)}/${encodeURIComponent(rest.join('/'))}`;
}
