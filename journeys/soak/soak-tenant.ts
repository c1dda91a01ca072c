import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SoakPlatform } from './soak-platform.ts';

export const PIPELINE = 'daily';

const ORDERS = 'id,amount\n1,10\n2,20\n3,30\n';

/** What each run of the pipeline loads: all rows of the file, each time. */
export const LOAD = { rows: 3, bytes: Buffer.byteLength(ORDERS) } as const;

const FILES = {
  'pipelines/daily.yml': `pipeline_id: ${PIPELINE}
concurrency: { limit: 1, on_conflict: queue }
steps:
  - { name: load, type: ingest, source_config: sources/orders.yml }
`,
  'sources/orders.yml': `type: file
resources:
  - { name: orders, path: data/orders.csv, write_disposition: replace, incremental: all }
`,
  'data/orders.csv': ORDERS,
} as const;

export interface SoakTenant {
  readonly tenantId: string;
  readonly key: string;
}

/** A tenant with a folder and a key, on the plan without limits. */
export async function onboardTenant(platform: SoakPlatform, tenantId: string): Promise<SoakTenant> {
  const folder = join(platform.folder, 'configs', tenantId);
  for (const [path, text] of Object.entries(FILES)) {
    const file = join(folder, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
  }
  const body = {
    tenant_id: tenantId,
    plan: 'enterprise',
    time_zone: zoneAtNoon(new Date()),
    sample_pipeline: false,
  };
  const route = 'POST /api/v1/tenants/onboard';
  const { api_key: key } = await platform.ask<{ api_key: string }>(route, { body });
  return { tenantId, key };
}

/** Where it is noon now: no day, and so no counter, ends during a soak. */
function zoneAtNoon(now: Date): string {
  // Signs of these zones are those of POSIX: Etc/GMT-3 is three hours east.
  const hoursEast = 12 - now.getUTCHours();
  return `Etc/GMT${hoursEast >= 0 ? '-' : '+'}${Math.abs(hoursEast)}`;
}
