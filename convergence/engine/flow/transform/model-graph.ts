import { fail } from '../../error-codes.ts';
import { nearest } from 'base/document/nearest.ts';
import { findCycle } from '../../pipeline/validate/find-cycle.ts';

/** A transform with the tables that its SQL reads. */
export interface ModelNode {
  readonly name: string;
  readonly file: string;
  readonly reads: readonly string[];
}

/** Tables of the product that SQL of tenants may read. */
const PRODUCT_TABLES = ['_quarantine', '_convergence_loads'];
const RESERVED = /^_(?:convergence|staging|quarantine)/i;

/**
 * Models in an order in which each comes after those that it reads; equal ones by file. Names are
 * compared without regard to case, as SQL does.
 * @throws transform_cycle naming the circle; sql_invalid for tables that neither exist nor are
 * made; config_invalid for names that are taken
 */
export function orderModels<Node extends ModelNode>(
  models: readonly Node[],
  tables: readonly string[],
): Node[] {
  const byName = new Map(models.map((model) => [model.name.toLowerCase(), model]));
  requireNames(models, byName);
  requireTables(
    models,
    [...byName.values()].map(({ name }) => name).concat(tables, PRODUCT_TABLES),
  );
  const reads = new Map(models.map((model) => [model.name.toLowerCase(), readsOf(model, byName)]));
  const cycle = findCycle(reads);
  if (cycle) throw cycleError(cycle, byName);
  return sortByReads(models, byName);
}

/** The other models that a model reads; its own table, which `{{ this }}` names, is there before. */
function readsOf(model: ModelNode, byName: ReadonlyMap<string, ModelNode>): string[] {
  const names = model.reads.map((name) => name.toLowerCase());
  return names.filter((name) => byName.has(name) && name !== model.name.toLowerCase());
}

function requireNames(models: readonly ModelNode[], byName: ReadonlyMap<string, ModelNode>): void {
  for (const model of models) {
    const other = byName.get(model.name.toLowerCase());
    if (other !== model) {
      throw fail('config_invalid', `${model.file} and ${other?.file} make the same table`);
    }
    if (RESERVED.test(model.name)) {
      throw fail(
        'config_invalid',
        `${model.file}: tables named ${model.name} are the product's own`,
      );
    }
  }
}

function requireTables(models: readonly ModelNode[], known: readonly string[]): void {
  const names = new Set(known.map((name) => name.toLowerCase()));
  const faults = models.flatMap(({ file, reads }) =>
    reads
      .filter((name) => !names.has(name.toLowerCase()))
      .map((name) => {
        const near = nearest(name, known);
        return `${file}: there is no table '${name}'${near ? `; did you mean '${near}'?` : ''}`;
      }),
  );
  if (faults.length === 0) return;
  throw fail('sql_invalid', faults.join('\n'), {
    hint: 'Tables come from sources that were loaded, or from transforms of the same step.',
  });
}

function cycleError(cycle: readonly string[], byName: ReadonlyMap<string, ModelNode>): Error {
  const files = cycle.map((name) => byName.get(name)?.file ?? name);
  return fail('transform_cycle', `transforms read each other in a circle: ${files.join(' -> ')}`, {
    hint: 'Move what they share to a transform of its own, which both read.',
  });
}

function sortByReads<Node extends ModelNode>(
  models: readonly Node[],
  byName: ReadonlyMap<string, Node>,
): Node[] {
  const sorted = new Set<Node>();
  const add = (model: Node) => {
    if (sorted.has(model)) return;
    for (const name of readsOf(model, byName)) {
      const read = byName.get(name);
      if (read) add(read);
    }
    sorted.add(model);
  };
  for (const model of models.toSorted((a, b) => (a.file < b.file ? -1 : 1))) add(model);
  return [...sorted];
}
