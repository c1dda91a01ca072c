import type { Api } from '../api.ts';
import type { ApiDeps } from '../api-deps.ts';
import { addAdminKeyRoutes } from './key/admin-keys.ts';
import { addApiKeyRoutes } from './key/api-keys.ts';
import { addCredentialRoutes } from './key/credentials.ts';
import { addMasterKeyRoutes } from './key/master-keys.ts';
import { addBootstrapRoute } from './bootstrap.ts';
import { addEventRoute } from './event/events.ts';
import { addOffboardingRoutes } from './tenant/offboarding.ts';
import { addOnboardingRoute } from './tenant/onboarding.ts';
import { addDocumentRoutes } from './config/documents.ts';
import { addPipelineRoutes } from './config/pipelines.ts';
import { addQueueRoutes } from './queue/queues.ts';
import { addRunLogRoutes } from './run/run-logs.ts';
import { addBackfillRoutes } from './run/backfills.ts';
import { addManyRunsRoutes } from './run/many-runs.ts';
import { addRunRoutes } from './run/runs.ts';
import { addSchedulerRoutes } from './run/scheduler.ts';
import { addScheduleRoutes } from './run/schedules.ts';
import { addSourceRoutes } from './sources.ts';
import { addTableRoutes } from './tables.ts';
import { addTenantRoutes } from './tenant/tenants.ts';
import { addUsageRoutes } from './tenant/usage.ts';

/** Every route below /api/v1. */
export function addRoutes(api: Api, deps: ApiDeps): void {
  addBootstrapRoute(api, deps);
  addTenantRoutes(api, deps);
  addUsageRoutes(api, deps);
  addApiKeyRoutes(api, deps);
  addAdminKeyRoutes(api, deps);
  addMasterKeyRoutes(api, deps);
  addCredentialRoutes(api, deps);
  addOnboardingRoute(api, deps);
  addOffboardingRoutes(api, deps);
  addPipelineRoutes(api, deps);
  addDocumentRoutes(api, deps);
  addSourceRoutes(api, deps);
  addManyRunsRoutes(api, deps);
  addBackfillRoutes(api, deps);
  addRunRoutes(api, deps);
  addQueueRoutes(api, deps);
  addRunLogRoutes(api, deps);
  addScheduleRoutes(api, deps);
  addSchedulerRoutes(api, deps);
  addTableRoutes(api, deps);
  addEventRoute(api, deps);
}
