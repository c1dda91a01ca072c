import { createHash } from 'node:crypto';
import { isSecretName, maskUrlPasswords } from 'base/secret.ts';
import type { Auth, RestClient } from '../../engine/pipeline/spec/rest-client-spec.ts';

/** What a request carries to prove who asks. */
export interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** The credential of a kind of auth that needs no request to get it. */
export function credentialOf(
  auth: Exclude<Auth, { type: 'oauth2_client_credentials' }> | undefined,
): Credential {
  if (auth === undefined) return { headers: {}, query: {} };
  if (auth.type === 'bearer') return bearer(auth.token);
  if (auth.type === 'http_basic') {
    const pair = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
    return { headers: { authorization: `Basic ${pair}` }, query: {} };
  }
  const { name, api_key: key, location } = auth;
  if (location === 'header') return { headers: { [name.toLowerCase()]: key }, query: {} };
  if (location === 'cookie') return { headers: { cookie: `${name}=${key}` }, query: {} };
  return { headers: {}, query: { [name]: key } };
}

export function bearer(token: string): Credential {
  return { headers: { authorization: `Bearer ${token}` }, query: {} };
}

/** One budget for all that use the same credential at the same place; holds no secret. */
export function budgetKeyOf(client: RestClient): string {
  const { origin } = new URL(client.base_url);
  const text = JSON.stringify([origin, client.auth ?? null, client.headers]);
  return createHash('sha256').update(text).digest('hex');
}

/** Hides the secrets of a client in texts of the source, which may repeat them. */
export function createMask(client: RestClient): (text: string) => string {
  const headers = Object.entries(client.headers).filter(([name]) => isSecretName(name));
  const secrets = [...secretsOf(client.auth), ...headers.map(([, value]) => value)]
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((secret) => secret.length >= 4);
  return (text) =>
    secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), maskUrlPasswords(text));
}

function secretsOf(auth: Auth | undefined): string[] {
  if (auth === undefined) return [];
  if (auth.type === 'bearer') return [auth.token];
  if (auth.type === 'api_key') return [auth.api_key];
  if (auth.type === 'http_basic') return [auth.password];
  const data = Object.entries(auth.access_token_request_data);
  const secrets = data.filter(([name]) => isSecretName(name)).map(([, value]) => value);
  return [auth.client_secret, ...secrets];
}

/** A URL as people may see it: without passwords and without values of secret parameters. */
export function maskUrl(url: string, mask: (text: string) => string): string {
  const masked = new URL(url);
  for (const name of masked.searchParams.keys().toArray()) {
    if (isSecretName(name)) masked.searchParams.set(name, '***');
  }
  return mask(masked.href);
}
