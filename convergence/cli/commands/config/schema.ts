import { Argument } from 'commander';
import type { Command } from 'commander';
import type { ZodType } from 'zod';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';

/** Kinds of files in the folder of a tenant. */
const KINDS = ['pipeline', 'source', 'check', 'schema', 'transform'] as const;
type Kind = (typeof KINDS)[number];

export function declareSchema(parent: Command, cli: Cli): void {
  parent
    .command('schema')
    .summary('print JSON Schemas of config files')
    .description('Prints the JSON Schema of a kind of config file, or those of all kinds by name.')
    .addArgument(new Argument('[kind]', 'of file').choices(KINDS))
    .action(action(cli, printSchema));
}

async function printSchema(_: Invocation, kind: Kind | undefined): Promise<void> {
  const documents = await readSchemas();
  const document = kind === undefined ? documents : documents[kind];
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

async function readSchemas(): Promise<Record<Kind, object>> {
  const [{ z }, pipeline, source, check, table, transform] = await Promise.all([
    import('zod'),
    import('../../../engine/pipeline/pipeline-spec.ts'),
    import('../../../engine/pipeline/source-spec.ts'),
    import('../../../engine/pipeline/check-spec.ts'),
    import('../../../engine/pipeline/table-spec.ts'),
    import('../../../engine/pipeline/transform-spec.ts'),
  ]);
  const write = (schema: ZodType) => z.toJSONSchema(schema, { io: 'input' }) as object;
  return {
    pipeline: write(pipeline.pipelineSpec),
    source: write(source.sourceSpec),
    check: write(check.checkSpec),
    schema: write(table.tableSpec),
    transform: write(transform.transformHeaderSpec),
  };
}
