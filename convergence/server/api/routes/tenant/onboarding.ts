import { AppError } from 'base/error.ts';
import type { z } from 'zod';
import { assertSameTenant } from '../../../../engine/tenant/assert-same-tenant.ts';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { NewTenant, TenantProfile } from '../../../../engine/tenant/tenant-store.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import { onboardAnswer, onboardBody } from '../../contract/tenant/onboarding.ts';
import type { OnboardAnswer } from '../../contract/tenant/onboarding.ts';
import { presentTenant } from './tenants.ts';

type OnboardDeps = Pick<
  ApiDeps,
  'tenants' | 'keys' | 'clock' | 'warehouse' | 'offboarding' | 'writeSample'
>;
type Body = z.output<typeof onboardBody>;
type Step = OnboardAnswer['steps'][number];

export function addOnboardingRoute(api: Api, deps: OnboardDeps): void {
  const schema = {
    tags: ['tenants'],
    summary: 'Profile, subscription, quota, dataset, sample pipeline, first key; may be repeated.',
    body: onboardBody,
    response: { 200: onboardAnswer },
  };
  const options = { config: { access: 'admin' }, schema } as const;
  api.post('/api/v1/tenants/onboard', options, ({ body }) =>
    body.dry_run ? rehearse(body, deps) : onboard(body, deps),
  );
}

/**
 * Each step looks whether it was done before, so that a broken-off onboarding can be repeated. The
 * key comes last: whatever breaks before it, it is still to be made and shown.
 */
async function onboard(body: Body, deps: OnboardDeps): Promise<OnboardAnswer> {
  const { profile, created } = await deps.tenants.createTenant(wantedTenant(body));
  const scope = tenantScope(profile.tenantId);
  const dataset = await makeDataset(scope, deps);
  const sample = await writeSample(body, deps);
  const made = await deps.keys.createFirstKey(scope, { description: 'first key' });
  return {
    dry_run: false,
    tenant: presentTenant(profile),
    api_key: made?.key ?? null,
    steps: [
      ...recordSteps(profile, created ? 'done' : 'was_there'),
      dataset,
      sample,
      step('api_key', made ? 'done' : 'was_there', made ? 'shown this once' : 'not shown again'),
    ],
  };
}

async function rehearse(body: Body, deps: OnboardDeps): Promise<OnboardAnswer> {
  const wanted = wantedTenant(body);
  const profile = await findTenant(body.tenant_id, deps);
  if (profile) assertSameTenant(profile, wanted);
  const hadKey = profile !== null && (await hasKey(profile.tenantId, deps));
  const hadDataset = (await deps.offboarding.tables.measureTables(tenantScope(body.tenant_id))) > 0;
  return {
    dry_run: true,
    tenant: profile && presentTenant(profile),
    api_key: null,
    steps: [
      ...recordSteps(profile ?? wanted, profile ? 'was_there' : 'would_do'),
      step('dataset', hadDataset ? 'was_there' : 'would_do', ''),
      sampleIsWanted(body, deps)
        ? step('sample_pipeline', 'would_do', 'where the tenant has no pipeline')
        : leftOut(body),
      step('api_key', hadKey ? 'was_there' : 'would_do', hadKey ? '' : 'shown once'),
    ],
  };
}

function wantedTenant(body: Body): NewTenant {
  return {
    tenantId: body.tenant_id,
    displayName: body.display_name,
    plan: body.plan,
    timeZone: body.time_zone,
  };
}

/** One transaction makes the three. */
function recordSteps({ plan, timeZone }: Partial<TenantProfile>, state: Step['state']): Step[] {
  return [
    step('profile', state, `time zone ${timeZone ?? 'UTC'}`),
    step('subscription', state, `plan ${plan ?? 'starter'}`),
    step('quota', state, ''),
  ];
}

async function makeDataset(scope: TenantScope, deps: OnboardDeps): Promise<Step> {
  const { tables } = deps.offboarding;
  if ((await tables.measureTables(scope)) > 0) return step('dataset', 'was_there', '');
  await deps.warehouse.withDataset(scope, (dataset) => dataset.listTables());
  return step('dataset', 'done', 'without tables');
}

async function writeSample(body: Body, deps: OnboardDeps): Promise<Step> {
  if (!deps.writeSample || !body.sample_pipeline) return leftOut(body);
  const state = await deps.writeSample(tenantScope(body.tenant_id));
  return state === 'written'
    ? step('sample_pipeline', 'done', 'in the folder of the tenant')
    : step('sample_pipeline', 'was_there', 'the tenant has pipelines');
}

function sampleIsWanted(body: Body, deps: OnboardDeps): boolean {
  return body.sample_pipeline && deps.writeSample !== undefined;
}

function leftOut(body: Body): Step {
  const note = body.sample_pipeline ? 'the folder of configs is read-only' : 'not wanted';
  return step('sample_pipeline', 'left_out', note);
}

function step(name: Step['name'], state: Step['state'], note: string): Step {
  return { name, state, note };
}

async function hasKey(tenantId: string, { keys, clock }: OnboardDeps): Promise<boolean> {
  const now = clock.now();
  const records = await keys.listKeys(tenantId);
  return records.some(({ revokedAt, expiresAt }) => !revokedAt && (!expiresAt || expiresAt > now));
}

async function findTenant(tenantId: string, deps: OnboardDeps): Promise<TenantProfile | null> {
  try {
    return await deps.tenants.getTenant(tenantId);
  } catch (error) {
    if (error instanceof AppError && error.code === 'tenant_absent') return null;
    throw error;
  }
}
