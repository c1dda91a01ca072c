import { z } from 'zod';
import { StatusError } from '../../../protocol/status-error.ts';
import { readCondition } from './condition.ts';

/** google.iam.v1.WorkloadIdentityPool in JSON. */
export interface Pool {
  /** `projects/NUMBER/locations/global/workloadIdentityPools/POOL` */
  readonly name: string;
  readonly state: 'ACTIVE';
  readonly displayName?: string | undefined;
  readonly description?: string | undefined;
  readonly disabled?: boolean | undefined;
}

/** google.iam.v1.WorkloadIdentityPoolProvider in JSON, of OpenID Connect. */
export type Provider = z.infer<typeof providerSchema> & {
  /** `…/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly name: string;
  readonly state: 'ACTIVE';
};

export const poolSchema = z.strictObject({
  displayName: z.string().max(32).optional(),
  description: z.string().max(256).optional(),
  disabled: z.boolean().optional(),
});

export const providerSchema = z.strictObject({
  displayName: z.string().max(32).optional(),
  description: z.string().max(256).optional(),
  disabled: z.boolean().optional(),
  attributeMapping: z.record(z.string(), z.string()).optional(),
  attributeCondition: z.string().max(4096).optional(),
  oidc: z.strictObject({
    issuerUri: z.string(),
    allowedAudiences: z.array(z.string()).max(10).optional(),
    jwksJson: z.string().optional(),
  }),
});

const ID = /^(?!gcp-)[a-z0-9-]{4,32}$/;
const MAPPED = /^(google\.subject|google\.groups|attribute\.[a-z0-9_]{1,100})$/;
const GITHUB = 'https://token.actions.githubusercontent.com';

/** Of a pool or provider. */
export function requireId(id: string, field: string): string {
  if (ID.test(id)) return id;
  const expected = 'expected 4 to 32 lowercase letters, digits and hyphens, without gcp- first';
  throw invalid(`${field}: '${id}' is not valid: ${expected}`);
}

/** @throws INVALID_ARGUMENT, UNIMPLEMENTED */
export function checkProvider(provider: z.infer<typeof providerSchema>): void {
  const { attributeMapping = {}, attributeCondition = '', oidc } = provider;
  if (!oidc.issuerUri.startsWith('https://'))
    throw invalid(`oidc.issuer_uri: '${oidc.issuerUri}' must start with https://`);
  if (attributeMapping['google.subject'] === undefined)
    throw invalid("attribute_mapping: 'google.subject' is required.");
  for (const [name, source] of Object.entries(attributeMapping)) {
    if (!MAPPED.test(name)) throw invalid(`attribute_mapping: '${name}' is not an attribute.`);
    if (!/^assertion(\.\w+)+$/.test(source))
      throw new StatusError('UNIMPLEMENTED', `local-cloud does not model the CEL ${source}`);
  }
  // Anybody on GitHub gets tokens of this issuer.
  if (oidc.issuerUri === GITHUB && !attributeCondition.includes('assertion.'))
    throw invalid(
      "The attribute condition must reference one of the provider's claims. For more information, see https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions",
    );
  if (attributeCondition !== '') readCondition(attributeCondition);
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
