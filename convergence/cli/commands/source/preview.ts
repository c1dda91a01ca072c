import { AppError } from 'base/error.ts';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import type { SourcePreviewAnswer } from '../../../server/api/contract/source.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { countRows } from '../../render/count-rows.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { showValue } from '../../render/values.ts';
import { withTenant } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';

/** Values beside each column; `--json` gives every row that was asked for. */
const SHOWN_ROWS = 3;

interface PreviewOptions {
  readonly resource?: string;
  readonly limit: string;
}

export function declarePreview(parent: Command, cli: Cli): void {
  parent
    .command('preview')
    .summary('show first rows of a source, and their schema')
    .description('Reads the first rows of a resource and infers its columns; loads nothing.')
    .argument('<source>', 'its file, as sources/movies.yml')
    .addOption(tenantOption())
    .option('--resource <resource>', 'which resource; not needed when the source has one')
    .option('--limit <count>', 'rows to read, up to 100', '10')
    .action(action(cli, previewSource));
}

async function previewSource(
  invocation: Invocation,
  source: string,
  options: PreviewOptions,
): Promise<void> {
  const { out } = invocation;
  const preview = await withTenant(invocation, async ({ client }) => {
    const resource = options.resource ?? (await onlyResource(client, source));
    return client.previewSource({ source, resource, limit: Number(options.limit) });
  });
  answer(out, preview, (value) => renderPreview(value, out));
}

async function onlyResource(client: ApiClient, source: string): Promise<string> {
  const { resources } = await client.checkSource({ source });
  const [first, ...others] = resources;
  if (!first || others.length > 0) {
    throw fail('request_invalid', `${source} has ${resources.length} resources; which one?`, {
      hint: resources.map(({ name }) => `--resource ${name}`).join(', '),
    });
  }
  if (first.failure) throw new AppError(first.failure);
  return first.name;
}

/** A line for each column, since there are usually more columns than fit side by side. */
function renderPreview({ columns, rows }: SourcePreviewAnswer, frame: TableFrame): string[] {
  const shown = rows.slice(0, SHOWN_ROWS);
  const titles = ['column', 'type', ...shown.map((_, at) => `row ${at + 1}`)];
  const lines = columns.map(({ name, type }) => [
    name,
    type,
    ...shown.map((row) => showValue(row[name])),
  ]);
  return [
    ...renderTable(
      titles.map((title) => ({ title })),
      lines,
      frame,
    ),
    frame.style.faint(`${countRows(rows.length)} read, ${columns.length} columns`),
  ];
}
