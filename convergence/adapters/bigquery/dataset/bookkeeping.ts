import { QUARANTINE_COLUMNS } from '../../../engine/flow/part-stager.ts';
import { toField } from '../column-type.ts';
import { stagedField } from '../staged-type.ts';
import type { NewTable } from './table.ts';

const text = (name: string) => toField(name, { kind: 'text' });
const integer = (name: string) => toField(name, { kind: 'bigint' });
const instant = (name: string) => toField(name, { kind: 'timestamptz' });
const clusteredBy = (...fields: string[]) => ({ clustering: { fields } });

/**
 * Tables of the product in the dataset of each tenant. States and records are text: BigQuery's JSON
 * would round their numbers and sort their keys, and its functions for JSON read text too.
 */
export const BOOKKEEPING: readonly NewTable[] = [
  {
    name: '_convergence_loads',
    schema: {
      fields: [
        ...['load_id', 'run_id', 'table_name'].map(text),
        integer('fence'),
        text('state'),
        ...['rows_in', 'rows_loaded', 'rows_quarantined'].map(integer),
        text('measurements'),
        instant('published_at'),
      ],
    },
    ...clusteredBy('load_id'),
  },
  {
    name: '_convergence_state',
    schema: { fields: [text('key'), integer('version'), text('state'), text('load_id')] },
    ...clusteredBy('key'),
  },
  {
    name: '_convergence_fences',
    schema: { fields: [text('run_id'), integer('fence')] },
    ...clusteredBy('run_id'),
  },
  {
    name: '_convergence_models',
    schema: { fields: [text('name'), text('run_id'), instant('built_at'), integer('rows')] },
    ...clusteredBy('name'),
  },
  {
    name: '_quarantine',
    schema: { fields: QUARANTINE_COLUMNS.map(({ name, type }) => stagedField(name, type)) },
    ...clusteredBy('run_id', 'load_id'),
  },
];

/** The row of fences that every transaction of the product changes. */
export const LOCK_ROW = "run_id = ''";

/**
 * Stands at the beginning of each transaction that must not commit beside another of the tenant.
 * BigQuery cancels one of two that change rows of one table at the same time, but lets them insert
 * side by side, so there must be a row to change.
 */
export const TAKE_LOCK = `UPDATE _convergence_fences SET fence = fence + 1 WHERE ${LOCK_ROW}`;
