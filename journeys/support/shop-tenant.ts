import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const TENANT = 'shop_co';
export const PIPELINE = 'shop_daily';

const FILES: Record<string, string> = {
  'pipelines/shop_daily.yml': `pipeline_id: ${PIPELINE}
steps:
  - { name: load_shop, type: ingest, source_config: sources/shop.yml }
  - { name: load_counts, type: ingest, source_config: sources/counts.yml }
  - { name: verify, type: dq, checks: checks/published_orders.yml }
  - { name: build, type: transform, transforms: transforms/*.sql }
`,
  'sources/shop.yml': `type: rest_api
client:
  base_url: "SHOP_URL"
  retry: { max_attempts: 2, initial_delay: 50ms, max_delay: 50ms }
resources:
  - name: orders
    write_disposition: merge
    primary_key: id
    checks: checks/orders.yml
    endpoint:
      path: orders
      data_selector: data
      paginator: { type: json_link, next_url_path: next }
      incremental: { cursor_path: updated_at, start_param: since, initial_value: "2026-01-01" }
  - name: events
    write_disposition: append
    endpoint:
      path: events
      data_selector: items
      paginator: { type: cursor, cursor_path: cursors.next, cursor_param: page }
      incremental: { cursor_path: id, start_param: since, initial_value: 0 }
  - name: stores
    write_disposition: merge
    primary_key: id
    endpoint:
      path: stores
      paginator: single_page
      incremental: { cursor_path: updated_at, start_param: since, initial_value: "2026-01-01" }
  - name: visits
    write_disposition: append
    include_from_parent: [id]
    endpoint:
      path: stores/{resources.stores.id}/visits
      paginator: single_page
`,
  'sources/counts.yml': `type: file
resources:
  - name: counts
    path: data/counts-*.csv
    write_disposition: append
`,
  'checks/orders.yml': `table: orders
rules:
  - { rule: not_be_null, column: customer, mostly: 0.5 }
  - { rule: be_between, column: amount, min_value: 0, mostly: 0.5 }
  - { rule: be_unique, column: id, severity: warn }
`,
  'checks/published_orders.yml': `table: orders
rules:
  - { rule: table_row_count_between, min_value: 10 }
  - { rule: be_in_set, column: customer, value_set: [customer 1, customer 2], severity: warn }
`,
  'transforms/city_totals.sql': `SELECT address.city AS city, count(*) AS orders, sum(amount) AS amount
FROM {{ ref('orders') }} GROUP BY ALL
`,
  'transforms/paid_events.sql': `-- materialized: incremental
SELECT id, order_id FROM {{ ref('events') }} WHERE kind = 'paid'
{% if is_incremental() %} AND id > (SELECT max(id) FROM {{ this }}) {% endif %}
`,
  'transforms/rich_cities.sql': `-- materialized: view
SELECT city FROM {{ ref('city_totals') }} WHERE amount > 1000
`,
  'data/counts-1.csv': 'day,count\n2026-01-01,5\n2026-01-02,7\n',
};

/** The folder of the tenant: two sources, a dq step and three models that lean on each other. */
export async function writeShopTenant(configDir: string, shopUrl: string): Promise<void> {
  for (const [path, text] of Object.entries(FILES)) {
    await writeTenantFile(configDir, path, text.replace('SHOP_URL', shopUrl));
  }
}

/** A file of the second day. */
export async function addSecondDay(configDir: string): Promise<void> {
  await writeTenantFile(configDir, 'data/counts-2.csv', 'day,count\n2026-01-03,9\n');
}

export async function writeTenantFile(
  configDir: string,
  path: string,
  text: string,
): Promise<void> {
  const file = join(configDir, TENANT, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
