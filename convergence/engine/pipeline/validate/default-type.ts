/**
 * A document of `sources/` with the types that dlt's configs leave out: a source with a client is
 * a rest_api, and an auth is a bearer.
 * Source: https://dlthub.com/docs/dlt-ecosystem/verified-sources/rest_api/basic#authentication
 */
export function withDefaultTypes(document: unknown): unknown {
  if (!isMap(document) || !('client' in document)) return document;
  const { client } = document;
  const typed = { type: 'rest_api', ...document };
  if (!isMap(client) || !isMap(client.auth)) return typed;
  return { ...typed, client: { ...client, auth: { type: 'bearer', ...client.auth } } };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
