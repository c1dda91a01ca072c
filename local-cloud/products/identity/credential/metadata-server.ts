import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from 'base/clock.ts';
import type { PlainRoute } from '../../../protocol/handler.ts';
import { projectNumber } from '../project-number.ts';
import { makeAccessToken } from './access-token.ts';
import type { SigningKey } from './signing-key.ts';

interface MetadataDeps {
  readonly key: SigningKey;
  readonly clock: Pick<Clock, 'now'>;
}

const PREFIX = '/computeMetadata/v1';
const PROJECT = 'local';
const EMAIL = `${projectNumber(PROJECT)}-compute@developer.gserviceaccount.com`;
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const LIFETIME_S = 3600;
const FLAVOR = { 'metadata-flavor': 'Google', server: 'Metadata Server for VM' };

/**
 * What https://cloud.google.com/run/docs/container-contract#metadata-server gives, for the project
 * `local` and its default account: clients find it by GCE_METADATA_HOST.
 */
export function metadataServer(deps: MetadataDeps): PlainRoute {
  return {
    prefix: PREFIX,
    answer: async (request, response) => {
      const url = new URL(request.url ?? '', 'http://local-cloud');
      const refusal = refuse(request);
      if (refusal !== null) return write(response, 403, refusal);
      const path = url.pathname.slice(PREFIX.length).replaceAll(/^\/|\/$/g, '');
      const value = read(deps, path, url.searchParams);
      if (value === undefined) return write(response, 404, `There is no metadata ${path}.`);
      write(response, value instanceof BadQuery ? 400 : 200, value);
    },
  };
}

class BadQuery {
  readonly words: string;
  constructor(words: string) {
    this.words = words;
  }
}

function refuse({ method, headers }: IncomingMessage): string | null {
  if (headers['metadata-flavor'] !== 'Google') return 'Missing Metadata-Flavor:Google header.';
  if (headers['x-forwarded-for'] !== undefined) return 'X-Forwarded-For is not taken.';
  return method === 'GET' ? null : 'Metadata can only be read.';
}

function read(deps: MetadataDeps, path: string, query: URLSearchParams): unknown {
  const account = /^instance\/service-accounts\/([^/]+)(?:\/(.+))?$/.exec(path);
  if (account) {
    const [, who = '', what = ''] = account;
    return [EMAIL, 'default'].includes(who) ? readAccount(deps, what, query) : undefined;
  }
  return VALUES.get(path);
}

function readAccount({ key, clock }: MetadataDeps, what: string, query: URLSearchParams): unknown {
  if (what === '')
    return query.get('recursive') === 'true'
      ? { aliases: ['default'], email: EMAIL, scopes: [SCOPE] }
      : 'aliases\nemail\nidentity\nscopes\ntoken\n';
  if (what === 'email') return EMAIL;
  if (what === 'aliases') return 'default\n';
  if (what === 'scopes') return `${SCOPE}\n`;
  if (what === 'token') {
    const expiresAt = new Date(clock.now().getTime() + LIFETIME_S * 1000);
    const token = makeAccessToken({ principal: EMAIL }, expiresAt);
    return { access_token: token, expires_in: LIFETIME_S, token_type: 'Bearer' };
  }
  if (what !== 'identity') return undefined;
  const audience = query.get('audience');
  return audience
    ? key.makeIdToken(EMAIL, audience)
    : new BadQuery('non-empty audience parameter required');
}

const VALUES: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['', 'instance/\nproject/\nuniverse/\n'],
  ['instance', 'id\nregion\nservice-accounts/\nzone\n'],
  ['instance/id', '00local0cloud'],
  ['instance/region', `projects/${projectNumber(PROJECT)}/regions/here`],
  ['instance/service-accounts', `${EMAIL}/\ndefault/\n`],
  ['instance/zone', `projects/${projectNumber(PROJECT)}/zones/here-1`],
  ['project', 'numeric-project-id\nproject-id\n'],
  ['project/numeric-project-id', projectNumber(PROJECT)],
  ['project/project-id', PROJECT],
  ['universe/universe-domain', 'googleapis.com'],
  ['universe/universe_domain', 'googleapis.com'],
]);

function write(response: ServerResponse, status: number, value: unknown): void {
  const text = value instanceof BadQuery ? value.words : value;
  const isText = typeof text === 'string';
  const type = isText ? 'application/text' : 'application/json';
  response.writeHead(status, { ...FLAVOR, 'content-type': type });
  response.end(isText ? text : JSON.stringify(text));
}
