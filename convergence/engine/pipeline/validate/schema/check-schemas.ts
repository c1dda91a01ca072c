import type { Fault } from 'base/document/explain-issue.ts';
import { suggest } from 'base/document/nearest.ts';
import { placeFault } from 'base/document/parse-spec.ts';
import { orList } from 'base/document/show-value.ts';
import type { DocumentPath } from 'base/document/yaml-document.ts';
import type { Problem } from 'base/document/problem.ts';
import type { TableSpec } from '../../spec/table-spec.ts';
import { checkLayout } from './check-layout.ts';
import type { TenantFolder } from '../tenant-folder.ts';

/** What must hold within each declared table. */
export function checkSchemas(folder: TenantFolder): Problem[] {
  return [...folder.schemas.values()].flatMap(({ document, spec }) =>
    [...checkColumnNames(spec), ...checkNamedColumns(spec), ...checkLayout(spec)].map((fault) =>
      placeFault(document, fault),
    ),
  );
}

/** Column names differ by more than case, in DuckDB and in BigQuery. */
function checkColumnNames(spec: TableSpec): Fault[] {
  const names = spec.columns.map((column) => column.name.toLowerCase());
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: ['columns', index, 'name'],
            message: `two columns are named '${name}'`,
            expected: 'a name of its own for each column',
          },
        ],
  );
}

function checkNamedColumns(spec: TableSpec): Fault[] {
  const names = spec.columns.map((column) => column.name);
  const lower = names.map((name) => name.toLowerCase());
  const named: [DocumentPath, string][] = [
    ...listed('primary_key', spec.primary_key),
    ...listed('cluster_by', spec.cluster_by),
    ...(spec.partition_by
      ? [[['partition_by', 'field'], spec.partition_by.field] as [DocumentPath, string]]
      : []),
  ];
  return named.flatMap(([path, name]) => {
    if (lower.includes(name.toLowerCase())) return [];
    const expected = `one of ${orList(names)}`;
    const suggestion = suggest(name, names);
    return [{ path, message: `there is no column '${name}'`, expected, suggestion }];
  });
}

function listed(key: string, names: readonly string[] = []): [DocumentPath, string][] {
  return names.map((name, index) => [[key, index], name]);
}
