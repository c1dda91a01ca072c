const TENANT_ID = /^[a-z][a-z0-9_]{2,49}$/;

/** Id of a tenant's secret in a place that all tenants share; null for a name that cannot be there. */
export function sharedSecretId(tenantId: string, name: string): string | null {
  return /^[A-Za-z0-9_-]{1,200}$/.test(name) ? `${tenantId}_${name}` : null;
}

/**
 * Tenants other than this one whose secret the id could be: `acme_corp_token` may be `corp_token`
 * of `acme` or `token` of `acme_corp`, and may be given to neither while both are there.
 */
export function otherOwners(secretId: string, tenantId: string): readonly string[] {
  const ends = [...secretId.matchAll(/_(?=.)/g)].map(({ index }) => index);
  return ends
    .map((end) => secretId.slice(0, end))
    .filter((id) => TENANT_ID.test(id) && id !== tenantId);
}
