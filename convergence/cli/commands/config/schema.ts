import { Argument } from 'commander';
import type { Command } from 'commander';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';

/** Kinds of files; known here so that help need not load schemas. */
const KINDS = ['pipeline', 'source', 'checks', 'schema', 'transform', 'plans'];

export function declareSchema(parent: Command, cli: Cli): void {
  parent
    .command('schema')
    .summary('print JSON Schemas of config files')
    .description('Prints the JSON Schema of a kind of config file, or those of all kinds by name.')
    .addArgument(new Argument('[kind]', 'of file').choices(KINDS))
    .action(action(cli, printSchema));
}

async function printSchema({ out }: Invocation, kind: string | undefined): Promise<void> {
  const { jsonSchemas } = await import('../../../engine/pipeline/json-schemas.ts');
  const { plansJsonSchema } = await import('../../../engine/tenant/plan/parse-plans.ts');
  const files: Record<string, object> = {
    ...jsonSchemas(),
    'plans.schema.json': plansJsonSchema(),
  };
  const byKind = Object.fromEntries(KINDS.map((name) => [name, files[`${name}.schema.json`]]));
  const document = kind === undefined ? byKind : byKind[kind];
  answer(out, document, (value) => [JSON.stringify(value, null, 2)]);
}
