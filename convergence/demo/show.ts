import type { ApiClient } from '../cli/client/api-client.ts';
import type { Out } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import { renderRows } from '../cli/render/values.ts';
import { watchRun } from '../cli/watch-run.ts';
import { fail } from '../engine/error-codes.ts';

interface Stage {
  readonly client: ApiClient;
  readonly out: Out;
  readonly feedsUrl: string;
  readonly signal: AbortSignal;
}

const PIPELINE = 'flight_delays';

/** What the demo shows, one act after the other. */
export function openShow(stage: Stage) {
  let lastRun = '';
  return {
    async run(title: string): Promise<void> {
      headline(stage.out, title);
      lastRun = await runPipeline(stage);
    },
    async worstAirports(): Promise<void> {
      headline(stage.out, 'The ten worst airports, from the view worst_airports:');
      const sql = 'SELECT * FROM worst_airports LIMIT 10';
      const { columns, rows } = await stage.client.query({ sql });
      for (const line of renderRows(columns, rows, stage.out)) stage.out.line(line);
    },
    quarantine: () => showQuarantine(stage, lastRun),
  };
}

function headline(out: Out, text: string): void {
  out.line();
  out.line(out.style.strong(text));
  out.line();
}

async function runPipeline({ client, out, feedsUrl, signal }: Stage): Promise<string> {
  const { pipeline_logging_id: runId } = await client.triggerRun(PIPELINE, {
    trigger_by: 'demo',
    parameters: { feeds_url: feedsUrl },
  });
  const { status, failure } = await watchRun(client, runId, { out, signal });
  if (status === 'COMPLETE') return runId;
  throw fail('internal', `the run ended ${status}: ${failure?.message ?? 'without a reason'}`, {
    hint: failure?.hint ?? `convergence logs ${runId} shows what happened.`,
  });
}

async function showQuarantine({ client, out }: Stage, runId: string): Promise<void> {
  headline(out, 'Set aside, because a rule was broken (the first of each):');
  const { groups } = await client.readQuarantine(runId);
  const rows = groups.map(({ table, rule, rows: count, examples: [first] }) => [
    table,
    rule,
    String(count),
    first ? `${first.part}, row ${first.row}` : '',
    first?.record ?? '',
  ]);
  const columns = [
    { title: 'table' },
    { title: 'rule' },
    { title: 'rows', side: 'right' as const },
    { title: 'for example' },
    { title: 'record' },
  ];
  for (const line of renderTable(columns, rows, out)) out.line(line);
}
