import { exitCodeOf } from 'base/error.ts';
import type { Command } from 'commander';
import type { SourceCheckAnswer } from '../../../server/api/contract/source.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { formatElapsed } from 'base/terminal/amount.ts';
import type { Style } from 'base/terminal/style.ts';
import { withTenant } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';

export function declareCheck(parent: Command, cli: Cli): void {
  parent
    .command('check')
    .summary('reach a source and read one record')
    .description('Reaches a source, authenticates and reads one record of each resource.')
    .argument('<source>', 'its file, as sources/movies.yml')
    .addOption(tenantOption())
    .option('--resource <resource>', 'only this resource')
    .action(action(cli, checkSource));
}

async function checkSource(
  invocation: Invocation,
  source: string,
  { resource }: { resource?: string },
): Promise<number> {
  const checked = await withTenant(invocation, ({ client }) =>
    client.checkSource({ source, resource }),
  );
  const { out } = invocation;
  answer(out, checked, (value) => renderCheck(value, out.style));
  const failure = checked.resources.find((one) => one.failure)?.failure;
  return failure ? exitCodeOf(failure.kind) : 0;
}

function renderCheck({ resources }: SourceCheckAnswer, style: Style): string[] {
  return resources.flatMap(({ name, ok, elapsed_ms, failure }) => {
    const elapsed = style.faint(formatElapsed(elapsed_ms));
    if (ok || !failure) return [`${style.good('ok')}    ${name}  ${elapsed}`];
    const hint = failure.hint === undefined ? [] : [`      hint: ${failure.hint}`];
    return [`${style.bad('fail')}  ${name}: ${failure.message} [${failure.code}]`, ...hint];
  });
}
