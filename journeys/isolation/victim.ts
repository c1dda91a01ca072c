import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LivePlatform } from './live-platform.ts';

export const VICTIM = 'victim_co';

/** Stands in everything that the victim has; nobody else may see it. */
export const MARKER = 'zq7mark';

export interface Victim {
  readonly key: string;
  readonly keyHash: string;
  readonly runId: string;
  readonly failedRunId: string;
  readonly pipelineId: string;
  readonly table: string;
  readonly webhookId: string;
}

const PIPELINE = `${MARKER}_daily`;
const TABLE = `${MARKER}_orders`;

/** A pipeline whose rows, rules, errors and log carry the marker, and one that fails with it. */
const FILES: Record<string, string> = {
  [`pipelines/${PIPELINE}.yml`]: `pipeline_id: ${PIPELINE}
description: ${MARKER} description
parameters: { ${MARKER}_parameter: ${MARKER} value }
steps:
  - { name: ${MARKER}_load, type: ingest, source_config: sources/${MARKER}_files.yml }
  - { name: ${MARKER}_verify, type: dq, checks: checks/${MARKER}_rules.yml }
  - { name: ${MARKER}_model, type: transform, transforms: transforms/${MARKER}_view.sql }
`,
  [`pipelines/${MARKER}_broken.yml`]: `pipeline_id: ${MARKER}_broken
steps: [{ name: ${MARKER}_fails, type: ingest, source_config: sources/${MARKER}_shop.yml }]
`,
  [`pipelines/${MARKER}_mistake.yml`]: `pipeline_id: ${MARKER}_mistake\n${MARKER}_key: 1\n`,
  [`sources/${MARKER}_files.yml`]: `type: file
resources:
  - name: ${TABLE}
    path: data/${MARKER}.csv
    checks: checks/${MARKER}_rows.yml
`,
  [`sources/${MARKER}_shop.yml`]: `type: rest_api
client:
  base_url: SHOP_URL/${MARKER}
  auth: { type: bearer, token: '{{ secrets.${MARKER}_token }}' }
resources: [${MARKER}_things]
`,
  [`checks/${MARKER}_rows.yml`]: `table: ${TABLE}
rules: [{ rule: be_in_set, column: name, value_set: [${MARKER} row], mostly: 0.1 }]
`,
  [`checks/${MARKER}_rules.yml`]: `table: ${TABLE}
rules: [{ rule: be_in_set, column: name, value_set: [${MARKER} none], severity: warn }]
`,
  [`transforms/${MARKER}_view.sql`]: `-- materialized: view
SELECT name, '${MARKER} view' AS note FROM {{ ref('${TABLE}') }}
`,
  [`schemas/${MARKER}_schema.yml`]: `table: ${MARKER}_other\ncolumns: [{ name: ${MARKER}, type: text }]\n`,
  [`data/${MARKER}.csv`]: `id,name\n1,${MARKER} row\n2,${MARKER} bad row\n`,
  [`secrets/${MARKER}_token`]: `${MARKER}-secret-value`,
};

/** A tenant with a published table, rows set aside, a run that failed, secrets and mistakes. */
export async function plantVictim(platform: LivePlatform): Promise<Victim> {
  const shop = await startShop();
  const key = await platform.onboard(VICTIM);
  for (const [path, text] of Object.entries(FILES)) {
    await platform.writeConfig(`${VICTIM}/${path}`, text.replace('SHOP_URL', shop.url));
  }
  const { pipeline_logging_id: runId, status } = await platform.run(key, PIPELINE);
  const failed = await platform.run(key, `${MARKER}_broken`);
  shop.close();
  if (status !== 'COMPLETE' || failed.status !== 'FAILED') {
    throw new Error(`the victim has no data: ${status}, ${failed.status}`);
  }
  const hook = await platform.ask('POST /api/v1/webhooks', {
    headers: [['x-api-key', key]],
    body: { url: `https://198.51.100.1/${MARKER}` },
  });
  const keys = await platform.admin(`GET /api/v1/admin/api-keys?tenant_id=${VICTIM}`);
  const [{ hash }] = (JSON.parse(keys.text) as { api_keys: [{ hash: string }] }).api_keys;
  return {
    key,
    keyHash: hash,
    runId,
    failedRunId: failed.pipeline_logging_id,
    pipelineId: PIPELINE,
    table: TABLE,
    webhookId: (JSON.parse(hook.text) as { webhook_id: string }).webhook_id,
  };
}

/** Refuses with the marker and with the token that it was sent. */
async function startShop(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    response.writeHead(403).end(`${MARKER} refuses ${request.headers.authorization}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}
