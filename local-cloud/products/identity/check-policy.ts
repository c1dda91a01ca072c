import { StatusError } from '../../protocol/status-error.ts';

/** google.iam.v1.Policy in JSON. */
export interface Policy {
  readonly version?: number;
  /** Base64. */
  readonly etag?: string;
  readonly bindings?: readonly Binding[];
}

interface Binding {
  readonly role?: string;
  readonly members?: readonly string[];
  readonly condition?: { readonly title?: string; readonly expression?: string };
}

/** https://cloud.google.com/iam/docs/principal-identifiers */
const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(user|serviceAccount|group):[^@\s]+@[^@\s]+|domain:[\w.-]+|project(Owner|Editor|Viewer):[\w.:-]+|(principal|principalSet):\/\/[\w.]+\/\S+|deleted:\S+)$/;
const ROLE = /^(roles\/[\w.]+|(projects|organizations)\/[\w.:-]+\/roles\/[\w.]+)$/;

/** @throws INVALID_ARGUMENT */
export function checkPolicy({ version = 0, bindings = [] }: Policy): void {
  if (![0, 1, 3].includes(version)) throw invalid(`Invalid policy version ${version}.`);
  for (const { role = '', members = [], condition } of bindings) {
    if (!ROLE.test(role)) throw invalid(`Invalid role name: '${role}'.`);
    if (condition !== undefined && version !== 3)
      throw invalid('A policy with conditions must have version 3.');
    const strange = members.find((member) => !MEMBER.test(member));
    if (strange === undefined) continue;
    const cure = 'Please set a valid type prefix for the member.';
    throw invalid(`The member ${strange} is of an unknown type. ${cure}`);
  }
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
