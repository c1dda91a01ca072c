import type { FastifyRequest } from 'fastify';
import type { Dataset, QueryResult } from '../../../engine/flow/warehouse.ts';
import { scopeOf } from '../access.ts';
import type { Api } from '../api.ts';
import type { ApiDeps } from '../api-deps.ts';
import {
  previewQuery,
  queryAnswer,
  queryBody,
  tableAnswer,
  tableListAnswer,
  tableParams,
} from '../contract/table.ts';
import type { QueryAnswer } from '../contract/table.ts';
import { signalOf } from '../request-signal.ts';

const config = { access: 'read' } as const;
const tags = ['tables'];
/** The warehouse keeps the time of a query itself; this is for one that does not come back. */
const GRACE_MS = 5_000;

/** The tables of the caller's dataset, and read-only SQL over them. */
export function addTableRoutes(api: Api, { warehouse }: Pick<ApiDeps, 'warehouse'>): void {
  const read = <T>(request: FastifyRequest, work: (dataset: Dataset) => Promise<T>) =>
    warehouse.withDataset(scopeOf(request), work);

  const list = { config, schema: { tags, response: { 200: tableListAnswer } } };
  api.get('/api/v1/tables', list, async (request) => {
    const tables = await read(request, (dataset) => dataset.listTables());
    return { tables: [...tables] };
  });

  const one = { config, schema: { tags, params: tableParams, response: { 200: tableAnswer } } };
  api.get('/api/v1/tables/:name', one, async (request) => {
    const detail = await read(request, (dataset) => dataset.tableDetail(request.params.name));
    const { lastLoad, columns, ...summary } = detail;
    return {
      ...summary,
      columns: [...columns],
      last_load: lastLoad && {
        load_id: lastLoad.loadId,
        loaded_at: new Date(lastLoad.loadedAt).toISOString(),
        rows: lastLoad.rows,
      },
    };
  });

  const response = { 200: queryAnswer };
  const preview = { tags, params: tableParams, querystring: previewQuery, response };
  api.get('/api/v1/tables/:name/preview', { config, schema: preview }, async (request) => {
    const { params, query } = request;
    return present(
      await read(request, (dataset) => dataset.previewTable(params.name, query.limit)),
    );
  });

  const query = { config, schema: { tags, body: queryBody, response } };
  api.post('/api/v1/query', query, async (request, reply) => {
    const { sql, max_rows: maxRows, timeout_ms: timeoutMs } = request.body;
    const limits = { maxRows, timeoutMs };
    const signal = signalOf(reply, timeoutMs + GRACE_MS);
    return present(await read(request, (dataset) => dataset.query(sql, limits, signal)));
  });
}

function present({ columns, rows, truncated }: QueryResult): QueryAnswer {
  return { columns: [...columns], rows: rows.map((row) => [...row]), truncated };
}
