import { fail } from '../../error-codes.ts';
import type { FileResource } from './file-source-spec.ts';
import type { LoadSpec } from './resource-spec.ts';
import type { RestSourceSpec } from './rest-source-spec.ts';
import type { SourceSpec } from './source-spec.ts';

type Declared = Partial<Omit<FileResource, 'name'>> & { name: string };

const EVOLVE = { tables: 'evolve', columns: 'evolve', data_type: 'evolve' } as const;

/**
 * How the rows of one resource are loaded: what it declares, over the defaults of its source.
 * @throws resource_absent
 */
export function loadSpecOf(source: SourceSpec, resource: string): LoadSpec {
  const declared = source.resources.find((candidate) => candidate.name === resource);
  if (!declared) {
    throw fail('resource_absent', `the source has no resource '${resource}'`, {
      hint: `It has: ${source.resources.map((candidate) => candidate.name).join(', ')}.`,
    });
  }
  const merged: Declared = { ...defaultsOf(source), ...(declared as Declared) };
  return {
    resource,
    table: merged.table_name ?? tableNameOf(resource),
    disposition: merged.write_disposition ?? 'append',
    primaryKey: merged.primary_key ?? [],
    contract: merged.schema_contract ?? EVOLVE,
    schemaFile: merged.schema ?? null,
    checksFile: merged.checks ?? null,
    processing: merged.processing_steps ?? [],
  };
}

function defaultsOf(source: SourceSpec): Partial<Declared> {
  return (source as Partial<RestSourceSpec>).resource_defaults ?? {};
}

function tableNameOf(resource: string): string {
  return resource.toLowerCase().replaceAll('-', '_');
}
