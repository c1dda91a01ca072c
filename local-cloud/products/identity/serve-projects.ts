import { z } from 'zod';
import type { Handler } from '../../protocol/handler.ts';
import { StatusError } from '../../protocol/status-error.ts';
import type { KeyStore } from '../kms/key-store.ts';
import type { AccountBook } from './account/account-book.ts';
import type { Policy } from './check-policy.ts';
import type { PolicyBook } from './policy-book.ts';
import { projectNumber, withProjectNumber } from './project-number.ts';
import { noBody, restMethod } from './rest-method.ts';
import type { RestMethod } from './rest-method.ts';

interface PolicyDeps {
  readonly policies: PolicyBook;
  readonly accounts: AccountBook;
  readonly keys: KeyStore;
}

const service = 'google.cloud.resourcemanager.v3.Projects';
const CREATED = '2024-01-01T00:00:00Z';
const permissions = z.array(z.string());
const binding = z.strictObject({
  role: z.string(),
  members: z.array(z.string()).optional(),
  condition: z
    .strictObject({
      title: z.string().optional(),
      description: z.string().optional(),
      expression: z.string().optional(),
      location: z.string().optional(),
    })
    .optional(),
});
const wanted = z.strictObject({
  policy: z.strictObject({
    version: z.int().optional(),
    etag: z.base64().optional(),
    bindings: z.array(binding).optional(),
  }),
  updateMask: z.string().optional(),
});

/** google.iam.v1.IAMPolicy: the policies of projects, service accounts, key rings and keys. */
export function servePolicies(deps: PolicyDeps): Readonly<Record<string, Handler>> {
  const { policies } = deps;
  return {
    GetIamPolicy: async ({ resource }: { resource: string }) =>
      policies.get(keptName(deps, resource)),
    SetIamPolicy: async ({ resource, policy }: { resource: string; policy: Policy }) =>
      policies.set(keptName(deps, resource), policy),
    TestIamPermissions: async (asked: { resource: string; permissions: readonly string[] }) => {
      keptName(deps, asked.resource);
      return { permissions: asked.permissions };
    },
  };
}

/** Projects of Resource Manager v1 and v3: any id is one. v1 finds its policies in IAMPolicy. */
export function serveProjects(policies: PolicyBook): readonly RestMethod[] {
  return [
    restMethod({
      service: 'google.cloud.resourcemanager.v1.Projects',
      method: 'GetProject',
      verb: 'GET',
      path: /^\/v1\/projects\/(?<project>[^/:]+)$/,
      body: noBody,
      answer: ({ variables: { project = '' } }) => ({
        projectNumber: projectNumber(project),
        projectId: project,
        lifecycleState: 'ACTIVE',
        name: project,
        createTime: CREATED,
      }),
    }),
    restMethod({
      service,
      method: 'GetProject',
      verb: 'GET',
      path: /^\/v3\/projects\/(?<project>[^/:]+)$/,
      body: noBody,
      answer: ({ variables: { project = '' } }) => ({
        name: `projects/${projectNumber(project)}`,
        projectId: project,
        state: 'ACTIVE',
        displayName: project,
        createTime: CREATED,
      }),
    }),
    ...serveProjectPolicies(policies),
  ];
}

function serveProjectPolicies(policies: PolicyBook): readonly RestMethod[] {
  const nameOf = ({ project = '' }: Readonly<Record<string, string>>): string =>
    withProjectNumber(`projects/${project}`);
  return [
    restMethod({
      service,
      method: 'GetIamPolicy',
      verb: 'POST',
      path: /^\/v3\/projects\/(?<project>[^/:]+):getIamPolicy$/,
      body: z
        .strictObject({
          options: z.strictObject({ requestedPolicyVersion: z.int().optional() }).optional(),
        })
        .optional(),
      answer: ({ variables }) => policies.get(nameOf(variables)),
    }),
    restMethod({
      service,
      method: 'SetIamPolicy',
      verb: 'POST',
      path: /^\/v3\/projects\/(?<project>[^/:]+):setIamPolicy$/,
      body: wanted,
      answer: ({ variables, body }) => policies.set(nameOf(variables), body.policy),
    }),
    restMethod({
      service,
      method: 'TestIamPermissions',
      verb: 'POST',
      path: /^\/v3\/projects\/(?<project>[^/:]+):testIamPermissions$/,
      body: z.strictObject({ permissions }),
      answer: ({ body }) => body,
    }),
  ];
}

/** Under which the policy is kept; refuses resources that are not there. */
function keptName({ accounts, keys }: PolicyDeps, resource: string): string {
  const [, project = '', collection, id = ''] = resource.split('/');
  if (/^projects\/[^/]+$/.test(resource)) return withProjectNumber(resource);
  if (/^projects\/[^/]+\/serviceAccounts\/[^/]+$/.test(resource) && collection)
    return accounts.require(project, id).name;
  if (/\/keyRings\/[^/]+$/.test(resource)) return keys.requireRing(resource).name;
  if (/\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/.test(resource)) return keys.requireKey(resource).name;
  throw new StatusError('UNIMPLEMENTED', `local-cloud keeps no policy of ${resource}`);
}
