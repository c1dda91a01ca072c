import type { Clock } from 'base/clock.ts';
import { AppError } from 'base/error.ts';
import { fail } from '../../error-codes.ts';
import { tenantScope } from '../tenant-scope.ts';
import type { TenantScope } from '../tenant-scope.ts';
import type { TenantProfile, TenantStore } from '../tenant-store.ts';
import type { ExportStore, TenantExport } from './export-store.ts';
import type { LeavingStore } from './leaving-store.ts';
import type { ExportedFile, Manifest, OffboardReport } from './offboard-report.ts';
import type { TenantHistory, TenantParts, TenantTables } from './tenant-tables.ts';

export interface OffboardDeps {
  readonly tenants: Pick<TenantStore, 'getTenant' | 'deleteTenant'>;
  readonly leaving: LeavingStore;
  readonly tables: TenantTables;
  readonly parts: TenantParts;
  readonly exports: ExportStore;
  readonly mirror: TenantHistory;
  readonly clock: Clock;
}

interface Wanted {
  readonly tenantId: string;
  /** Below DATA_DIR/exports; null: remove without an export. */
  readonly folder: string | null;
}

const RUNS_PATIENCE_MS = 60_000;
const RUNS_POLL_MS = 100;
/** Other processes know a key for a second after it was revoked. */
const KEYS_FADE_MS = 1_000;

/**
 * Ends a tenant: stops what it does, exports it, removes it. The profile goes last, so whoever
 * repeats the call after a crash goes on; after the end it gets the report again.
 * @throws tenant_absent, tenant_offboarding, tenant_busy, export_exists, warehouse_busy
 */
export async function offboardTenant(wanted: Wanted, deps: OffboardDeps): Promise<OffboardReport> {
  const { tenantId, folder } = wanted;
  const scope = tenantScope(tenantId);
  const ended = await findReport(wanted, deps);
  if (ended) return ended;
  const target = folder === null ? null : await deps.exports.openExport(scope, folder);
  await deps.leaving.beginLeaving(scope, folder);
  await waitForRuns(scope, deps);
  await deps.clock.sleep(KEYS_FADE_MS);
  const manifest = target ? await exportTenant(scope, target, deps) : await measure(scope, deps);
  await deps.tables.removeTables(scope);
  await deps.parts.discardTenant(scope);
  await deps.mirror.forgetTenant(tenantId);
  let report: OffboardReport | undefined;
  await deps.tenants.deleteTenant(tenantId, async (removedRows) => {
    report = { ...manifest, folder, removedRows };
    await target?.writeReport(report);
  });
  return report ?? { ...manifest, folder, removedRows: {} };
}

/** A report beside a tenant that is there is of an earlier one, unless the crash fell in between. */
async function findReport({ tenantId, folder }: Wanted, deps: OffboardDeps) {
  const report = folder === null ? null : await deps.exports.readReport(folder);
  const isEnded = report?.tenantId === tenantId;
  const profile = await deps.tenants.getTenant(tenantId).catch((error: unknown) => {
    const isAbsent = error instanceof AppError && error.code === 'tenant_absent';
    if (isEnded && isAbsent) return null;
    throw error;
  });
  if (profile && report) refuseOld(profile, report);
  return profile ? null : report;
}

function refuseOld({ tenantId, status }: TenantProfile, report: OffboardReport): void {
  if (status === 'offboarding' && report.tenantId === tenantId) return;
  throw fail('export_exists', `The folder '${report.folder}' holds the export of another tenant.`, {
    hint: 'Name another folder, or move that one away.',
  });
}

async function waitForRuns(scope: TenantScope, { leaving, clock }: OffboardDeps): Promise<void> {
  const giveUpAtMs = clock.now().getTime() + RUNS_PATIENCE_MS;
  for (;;) {
    const held = await leaving.countHeldRuns(scope);
    if (held === 0) return;
    if (clock.now().getTime() >= giveUpAtMs) {
      throw fail('tenant_busy', `${held} runs of ${scope.tenantId} have not ended yet.`, {
        hint: 'They are told to stop; repeat the same call to go on.',
      });
    }
    await clock.sleep(RUNS_POLL_MS);
  }
}

/** Once a manifest is there, the tables may be gone: it is not made anew. */
async function exportTenant(
  scope: TenantScope,
  target: TenantExport,
  deps: OffboardDeps,
): Promise<Manifest> {
  const made = await target.readManifest();
  if (made) return made;
  const { held } = await measure(scope, deps);
  const tables = await deps.tables.exportTables(scope, target.tablesFolder);
  const records: ExportedFile[] = [];
  for (const kind of deps.leaving.recordKinds) {
    records.push(await target.writeRecords(kind, deps.leaving.readRecords(scope, kind)));
  }
  return target.writeManifest({ tenantId: scope.tenantId, tables, records, held });
}

async function measure(scope: TenantScope, deps: OffboardDeps): Promise<Manifest> {
  const held = {
    warehouseBytes: await deps.tables.measureTables(scope),
    partsBytes: await deps.parts.measureTenant(scope),
  };
  return { tenantId: scope.tenantId, tables: [], records: [], held };
}
