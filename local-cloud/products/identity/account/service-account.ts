import { createHash } from 'node:crypto';
import { StatusError } from '../../../protocol/status-error.ts';

/** google.iam.admin.v1.ServiceAccount in JSON. */
export interface ServiceAccount {
  /** `projects/PROJECT/serviceAccounts/EMAIL` */
  readonly name: string;
  readonly projectId: string;
  readonly uniqueId: string;
  readonly email: string;
  readonly oauth2ClientId: string;
  readonly etag: string;
  readonly displayName?: string;
  readonly description?: string;
}

interface Wanted {
  readonly accountId: string;
  readonly displayName?: string;
  readonly description?: string;
}

/** https://cloud.google.com/iam/docs/service-accounts-create */
const ACCOUNT_ID = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

/** @throws INVALID_ARGUMENT */
export function makeAccount(project: string, { accountId, ...more }: Wanted): ServiceAccount {
  if (!ACCOUNT_ID.test(accountId)) {
    const expected = 'expected 6 to 30 lowercase letters, digits and hyphens, first a letter';
    throw new StatusError('INVALID_ARGUMENT', `Invalid account_id '${accountId}': ${expected}.`);
  }
  const email = `${accountId}@${project}.iam.gserviceaccount.com`;
  const uniqueId = uniqueIdOf(email);
  return {
    name: accountName(project, email),
    projectId: project,
    uniqueId,
    email,
    oauth2ClientId: uniqueId,
    etag: 'MDEwMjE5MjA=',
    ...more,
  };
}

function accountName(project: string, email: string): string {
  return `projects/${project}/serviceAccounts/${email}`;
}

/** 21 digits that follow from the email, so that also accounts which nobody made have one. */
export function uniqueIdOf(email: string): string {
  const hash = createHash('sha256').update(email).digest();
  return `1${(hash.readBigUInt64BE() % 10n ** 20n).toString().padStart(20, '0')}`;
}
