import type { PlainRoute } from '../../../protocol/handler.ts';
import { writeJson } from '../../../protocol/rest/write-answer.ts';
import { BigQueryError, writeBigQueryError } from '../bigquery-error.ts';
import type { DiscoveryDocument } from './discovery-document.ts';

const PREFIXES = ['/$discovery/rest', '/%24discovery/rest', '/discovery/v1/apis/bigquery/v2/rest'];

/** What `bq --api` asks for first: Google's document, with addresses that lead here. */
export function discoveryRoutes(document: DiscoveryDocument | null): readonly PlainRoute[] {
  return PREFIXES.map((prefix) => ({
    prefix,
    async answer(request, response) {
      if (!document) {
        const message =
          'local-cloud gives the discovery document of the Google Cloud SDK, which is not installed here.';
        writeBigQueryError(response, new BigQueryError('notFound', message));
        return;
      }
      const rootUrl = `http://${request.headers.host}/`;
      const baseUrl = `${rootUrl}bigquery/v2/`;
      writeJson(response, 200, { ...document, rootUrl, baseUrl, mtlsRootUrl: rootUrl });
    },
  }));
}
