import type { Clock } from 'base/clock.ts';
import { z } from 'zod';
import { StatusError } from '../../../protocol/status-error.ts';
import type { AccountBook } from '../account/account-book.ts';
import type { PolicyBook } from '../policy-book.ts';
import { noBody, restMethod } from '../rest-method.ts';
import type { RestCall, RestMethod } from '../rest-method.ts';
import type { ServiceAccount } from '../account/service-account.ts';
import { makeAccessToken, readCaller } from './access-token.ts';
import type { Holder } from './access-token.ts';
import { KEY_ID } from './signing-key.ts';
import type { SigningKey } from './signing-key.ts';

export interface CredentialDeps {
  readonly accounts: AccountBook;
  readonly policies: PolicyBook;
  readonly key: SigningKey;
  readonly clock: Pick<Clock, 'now'>;
}

const service = 'google.iam.credentials.v1.IAMCredentials';
const delegates = z.array(z.string()).optional();
const MAX_LIFETIME_S = 3600;
/** Roles that let a federated identity act as an account. */
const ACTING = ['roles/iam.workloadIdentityUser', 'roles/iam.serviceAccountTokenCreator'];

/** IAM Credentials v1: tokens and signatures of service accounts, for whoever may act as them. */
export function serveCredentials(deps: CredentialDeps): readonly RestMethod[] {
  return [accessTokens(deps), idTokens(deps), signatures(deps), ...certificates(deps)];
}

function accessTokens(deps: CredentialDeps): RestMethod {
  return restMethod({
    service,
    method: 'GenerateAccessToken',
    verb: 'POST',
    path: pathOf('generateAccessToken'),
    body: z.strictObject({
      scope: z.array(z.string()).min(1),
      lifetime: z
        .string()
        .regex(/^\d+(\.\d+)?s$/)
        .optional(),
      delegates,
    }),
    answer: (call) => {
      const { email } = requireAccount(deps, call);
      const seconds = Number.parseFloat(call.body.lifetime ?? `${MAX_LIFETIME_S}s`);
      if (seconds <= 0 || seconds > MAX_LIFETIME_S)
        throw invalid(`lifetime: is ${seconds} s: expected at most ${MAX_LIFETIME_S}`);
      const expiresAt = new Date(Math.floor(deps.clock.now().getTime() / 1000 + seconds) * 1000);
      const accessToken = makeAccessToken({ principal: email }, expiresAt);
      return { accessToken, expireTime: expiresAt.toISOString().replace('.000Z', 'Z') };
    },
  });
}

function idTokens(deps: CredentialDeps): RestMethod {
  return restMethod({
    service,
    method: 'GenerateIdToken',
    verb: 'POST',
    path: pathOf('generateIdToken'),
    body: z.strictObject({
      audience: z.string().min(1),
      includeEmail: z.boolean().optional(),
      useEmailAzp: z.boolean().optional(),
      delegates,
    }),
    answer: (call) => {
      const { email } = requireAccount(deps, call);
      return { token: deps.key.makeIdToken(email, call.body.audience) };
    },
  });
}

function signatures(deps: CredentialDeps): RestMethod {
  return restMethod({
    service,
    method: 'SignBlob',
    verb: 'POST',
    path: pathOf('signBlob'),
    body: z.strictObject({ payload: z.base64().min(1), delegates }),
    answer: (call) => {
      requireAccount(deps, call);
      const signed = deps.key.sign(Buffer.from(call.body.payload, 'base64'));
      return { keyId: KEY_ID, signedBlob: signed.toString('base64') };
    },
  });
}

function certificates({ key }: CredentialDeps): readonly RestMethod[] {
  return [/^\/oauth2\/v3\/certs$/, /^\/service_accounts\/v1\/jwk\/[^/]+$/].map((path) =>
    restMethod({
      service: 'google.oauth2',
      method: 'GetCerts',
      verb: 'GET',
      path,
      body: noBody,
      answer: () => key.publicKeys(),
    }),
  );
}

function pathOf(method: string): RegExp {
  return new RegExp(`^/v1/projects/(?<project>[^/]+)/serviceAccounts/(?<id>[^/:]+):${method}$`);
}

function requireAccount(
  { accounts, policies, clock }: CredentialDeps,
  { variables, authorization }: RestCall<unknown>,
): ServiceAccount {
  const { project = '', id = '' } = variables;
  const caller = readCaller(authorization, clock.now());
  const account = accounts.find(project, id);
  if (!account) throw new StatusError('NOT_FOUND', `Not found; Gaia id not found for email ${id}`);
  if (caller?.sets && !mayActAs(policies, account, caller)) {
    const denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource";
    throw new StatusError('PERMISSION_DENIED', `${denied} (or it may not exist).`);
  }
  return account;
}

/** Asked of federated identities alone: theirs is the binding that is easy to get wrong. */
function mayActAs(policies: PolicyBook, { name }: ServiceAccount, caller: Holder): boolean {
  const members = (policies.get(name).bindings ?? [])
    .filter(({ role = '' }) => ACTING.includes(role))
    .flatMap((binding) => binding.members ?? []);
  return [caller.principal, ...(caller.sets ?? [])].some((one) => members.includes(one));
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
