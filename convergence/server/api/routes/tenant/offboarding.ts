import { fail } from '../../../../engine/error-codes.ts';
import { offboardTenant } from '../../../../engine/tenant/offboard/offboard-tenant.ts';
import type {
  ExportedFile,
  OffboardReport,
} from '../../../../engine/tenant/offboard/offboard-report.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import { offboardAnswer, offboardBody, removalQuery } from '../../contract/tenant/offboarding.ts';
import type { OffboardAnswer } from '../../contract/tenant/offboarding.ts';
import { tenantParams } from '../../contract/tenant/tenant.ts';

const config = { access: 'admin' } as const;
const tags = ['tenants'];
const root = '/api/v1/admin/tenants';

export function addOffboardingRoutes(
  api: Api,
  { offboarding, tenants, clock }: Pick<ApiDeps, 'offboarding' | 'tenants' | 'clock'>,
): void {
  const deps = { ...offboarding, tenants, clock };
  const { location } = offboarding.exports;
  const answers = { params: tenantParams, response: { 200: offboardAnswer } };

  const exporting = 'Export a tenant into a folder of the server, then remove all of it.';
  const offboard = { tags, summary: exporting, body: offboardBody, ...answers };
  api.post(`${root}/:tenant_id/offboard`, { config, schema: offboard }, async (request) => {
    const { tenant_id: tenantId } = request.params;
    requireConfirmation(request.body?.confirm, tenantId);
    const folder = request.body?.folder ?? tenantId;
    return presentReport(await offboardTenant({ tenantId, folder }, deps), location);
  });

  const summary = 'Remove all of a tenant without an export.';
  const removal = { tags, summary, querystring: removalQuery, ...answers };
  api.delete(`${root}/:tenant_id`, { config, schema: removal }, async ({ params, query }) => {
    requireConfirmation(query.confirm, params.tenant_id);
    const wanted = { tenantId: params.tenant_id, folder: null };
    return presentReport(await offboardTenant(wanted, deps), location);
  });
}

function requireConfirmation(sent: string | undefined, tenantId: string): void {
  if (sent === tenantId) return;
  throw fail('confirmation_needed', `This removes all that ${tenantId} has, and is not undone.`, {
    hint: 'If it shall, send the id of the tenant once more: `confirm` (API), --confirm (command line).',
    details: { confirm: tenantId },
  });
}

function presentReport(report: OffboardReport, location: string): OffboardAnswer {
  const { tenantId, folder, tables, records, held, removedRows } = report;
  return {
    tenant_id: tenantId,
    folder: folder === null ? null : `${location}/${folder}`,
    exported: { tables: tables.map(presentFile), records: records.map(presentFile) },
    removed: {
      rows: { ...removedRows },
      warehouse_bytes: held.warehouseBytes,
      parts_bytes: held.partsBytes,
    },
    stays: 'The folder of the tenant in CONFIG_DIR, with its secrets and data files.',
  };
}

function presentFile({ sizeBytes, ...file }: ExportedFile) {
  return { ...file, size_bytes: sizeBytes };
}
