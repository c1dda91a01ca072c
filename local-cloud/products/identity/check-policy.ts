import { StatusError } from '../../protocol/status-error.ts';

/** google.iam.v1.Policy in JSON. */
export interface Policy {
  readonly version?: number | undefined;
  /** Base64. */
  readonly etag?: string | undefined;
  readonly bindings?: readonly Binding[] | undefined;
}

interface Binding {
  readonly role?: string;
  readonly members?: readonly string[] | undefined;
  readonly condition?: object | undefined;
}

/** https://cloud.google.com/iam/docs/principal-identifiers */
const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(user|serviceAccount|group):[^@\s]+@[^@\s]+|domain:[\w.-]+|project(Owner|Editor|Viewer):[\w.:-]+|(principal|principalSet):\/\/[\w.]+\/\S+|deleted:\S+)$/;
const ROLE = /^(roles\/[\w.]+|(projects|organizations)\/[\w.:-]+\/roles\/[\w.]+)$/;

/** @throws INVALID_ARGUMENT */
export function checkPolicy(
  { version = 0, bindings = [] }: Policy,
  isKnown: (email: string) => boolean,
): void {
  if (![0, 1, 3].includes(version)) throw invalid(`Invalid policy version ${version}.`);
  for (const { role = '', members = [], condition } of bindings) {
    if (!ROLE.test(role)) throw invalid(`Invalid role name: '${role}'.`);
    if (condition !== undefined && version !== 3)
      throw invalid('A policy with conditions must have version 3.');
    for (const member of members) checkMember(member, isKnown);
  }
}

function checkMember(member: string, isKnown: (email: string) => boolean): void {
  const cure = 'Please set a valid type prefix for the member.';
  if (!MEMBER.test(member)) throw invalid(`The member ${member} is of an unknown type. ${cure}`);
  const [, email] = /^serviceAccount:(.+)$/.exec(member) ?? [];
  if (email && !isKnown(email)) throw invalid(`Service account ${email} does not exist.`);
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
