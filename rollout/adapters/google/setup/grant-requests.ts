import type { Piece, Site } from '../../../engine/setup/piece.ts';
import type { GoogleRequest } from './google-calls.ts';
import { scopeApi, scopePath } from './piece-requests.ts';

type Role = Extract<Piece, { kind: 'role' }>;
type Body = Readonly<Record<string, unknown>>;

/** How a role is looked for and given: who has it is a part of what it is on. */
export interface GrantRequests {
  readonly read: GoogleRequest;
  readonly isGiven: (read: Body) => boolean;
  /** What was read, with the role in it; refused when somebody wrote meanwhile. */
  readonly write: (read: Body) => GoogleRequest;
}

interface Policy {
  readonly etag?: string;
  readonly bindings?: readonly { readonly role: string; readonly members: readonly string[] }[];
}

/** `member` as IAM has it, such as `serviceAccount:EMAIL`. */
export function grantRequests(piece: Role, member: string, site: Site): GrantRequests {
  return piece.on.kind === 'dataset'
    ? ofDataset(piece, member, site)
    : ofPolicy(piece, member, site);
}

function ofPolicy({ on, role }: Role, member: string, site: Site): GrantRequests {
  const api = scopeApi(on);
  const path = `${scopePath(on, site)}:getIamPolicy`;
  const isGet = on.kind === 'secret' || on.kind === 'key';
  // Of version 3, else conditions of others would be lost by writing back what was read.
  const read: GoogleRequest = isGet
    ? { api, method: 'GET', path: `${path}?options.requestedPolicyVersion=3` }
    : { api, method: 'POST', path, body: { options: { requestedPolicyVersion: 3 } } };
  return {
    read,
    isGiven: ({ bindings = [] }: Policy) =>
      bindings.some((one) => one.role === role && one.members.includes(member)),
    write: (policy: Policy) => ({
      api,
      method: 'POST',
      path: `${scopePath(on, site)}:setIamPolicy`,
      body: { policy: withRole(policy, role, member) },
    }),
  };
}

function withRole(policy: Policy, role: string, member: string): Policy {
  const { bindings = [] } = policy;
  // A binding under a condition is somebody else's.
  const own = bindings.find((one) => one.role === role && !('condition' in one));
  const others = bindings.filter((one) => one !== own);
  const members = [...new Set([...(own?.members ?? []), member])];
  return { ...policy, bindings: [...others, { role, members }] };
}

interface Dataset {
  readonly etag?: string;
  readonly access?: readonly { readonly role?: string; readonly userByEmail?: string }[];
}

/** BigQuery takes either name of these roles, and answers with the old one. */
const OLD_NAMES: Readonly<Record<string, string>> = { 'roles/bigquery.dataEditor': 'WRITER' };

/**
 * Datasets have no policy of IAM: their `access` lists who may what.
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#Dataset.FIELDS.access
 */
function ofDataset(piece: Role, member: string, site: Site): GrantRequests {
  const path = scopePath(piece.on, site);
  const userByEmail = member.replace(/^serviceAccount:/, '');
  const role = OLD_NAMES[piece.role] ?? piece.role;
  return {
    read: { api: 'bigquery', method: 'GET', path },
    isGiven: ({ access = [] }: Dataset) =>
      access.some((one) => one.userByEmail === userByEmail && one.role === role),
    write: ({ etag, access = [] }: Dataset) => ({
      api: 'bigquery',
      method: 'PATCH',
      path,
      ...(etag !== undefined && { etag }),
      body: { access: [...access, { role, userByEmail }] },
    }),
  };
}
