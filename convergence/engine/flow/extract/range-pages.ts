import { fail } from '../../error-codes.ts';
import type { Paginator } from '../../pipeline/spec/rest-client-spec.ts';
import type { JsonScalar } from './page-reader.ts';
import type { KnownPaginator, PageReport, PageStep, StepChanges } from './page-reader.ts';

type RangePaginator = Extract<Paginator, { type: 'offset' | 'page_number' }>;

export interface WalkCount {
  /** Records in all pages of the walk. */
  readonly rows: number;
  /** The last page, and how many records it had. */
  readonly last: PageStep;
  readonly lastRows: number;
  readonly values: Readonly<Record<string, JsonScalar>>;
}

/**
 * Holds what a walk read against the total that the source declares. Configs often point
 * `total_path` of `page_number` at the count of records, which works as long as an empty page ends
 * the walk; so there the total may be either.
 * @throws source_incomplete
 */
export function assertComplete(paginator: KnownPaginator, count: WalkCount): void {
  if (!isRange(paginator)) return;
  const total = totalOf(paginator, count.values);
  const { position = 0 } = count.last;
  if (total === null || reachedMaximum(paginator, position + stride(paginator))) return;
  const pages = position - firstPosition(paginator) + (count.lastRows > 0 ? 1 : 0);
  const whole =
    paginator.type === 'offset'
      ? count.rows + paginator.offset >= total
      : pages + firstPosition(paginator) - paginator.base_page >= total || count.rows === total;
  if (!whole) throw incomplete(paginator, total, count.rows);
}

function incomplete(paginator: RangePaginator, total: number, rows: number) {
  const unit = paginator.type === 'offset' ? 'records' : 'pages';
  return fail(
    'source_incomplete',
    `The source declares ${total} ${unit} at '${paginator.total_path}', but its pages ended after ${rows} records`,
    {
      hint:
        paginator.type === 'offset'
          ? `Does the source return fewer than the ${paginator.limit} records asked for in one page? Then lower 'limit'. If the total counts something else, set 'total_path: null'.`
          : "If the total counts something else than pages, set 'total_path: null'.",
    },
  );
}

export function isRange(paginator: Paginator): paginator is RangePaginator {
  return paginator.type === 'offset' || paginator.type === 'page_number';
}

export function firstPosition(paginator: RangePaginator): number {
  return paginator.type === 'offset' ? paginator.offset : (paginator.page ?? paginator.base_page);
}

function stride(paginator: RangePaginator): number {
  return paginator.type === 'offset' ? paginator.limit : 1;
}

export function nextInRange(
  paginator: RangePaginator,
  step: PageStep,
  report: Pick<PageReport, 'rows' | 'values'>,
): PageStep | null {
  if (paginator.stop_after_empty_page && report.rows === 0) return null;
  const position = (step.position ?? firstPosition(paginator)) + stride(paginator);
  const total = totalOf(paginator, report.values);
  const hasMore = hasMoreOf(paginator, report.values);
  const next = { index: step.index + 1, position };
  if (reachedMaximum(paginator, position) || hasMore === false) return null;
  if (total !== null) {
    const base = paginator.type === 'offset' ? 0 : paginator.base_page;
    return position >= total + base ? null : next;
  }
  if (hasMore === null && maximumOf(paginator) === undefined && !paginator.stop_after_empty_page) {
    throw fail('source_paging_broken', `Nothing tells where the pages of the source end`, {
      hint: "Point 'total_path' or 'has_more_path' at a value that the responses have, set a maximum, or let 'stop_after_empty_page' be true.",
    });
  }
  return next;
}

/**
 * The step behind one whose page is not there yet, where the declared total says that there is one.
 * None when the total may count records that are all there: an empty page is next then.
 */
export function stepAhead(
  paginator: KnownPaginator,
  step: PageStep,
  { rows, values }: Pick<WalkCount, 'rows' | 'values'>,
): PageStep | null {
  if (!isRange(paginator)) return null;
  const total = totalOf(paginator, values);
  return total === null || total === rows
    ? null
    : nextInRange(paginator, step, { rows: 1, values });
}

function maximumOf(paginator: RangePaginator): number | undefined {
  return paginator.type === 'offset' ? paginator.maximum_offset : paginator.maximum_page;
}

function reachedMaximum(paginator: RangePaginator, position: number): boolean {
  const maximum = maximumOf(paginator);
  return maximum !== undefined && position >= maximum;
}

function totalOf(
  paginator: RangePaginator,
  values: Readonly<Record<string, JsonScalar>>,
): number | null {
  const value = paginator.total_path === null ? null : (values[paginator.total_path] ?? null);
  if (value === null) return null;
  const total = typeof value === 'boolean' ? Number.NaN : Number(value);
  if (Number.isInteger(total) && total >= 0 && value !== '') return total;
  throw notA(`a count at '${paginator.total_path}'`, value);
}

function hasMoreOf(
  paginator: RangePaginator,
  values: Readonly<Record<string, JsonScalar>>,
): boolean | null {
  if (paginator.has_more_path === undefined) return null;
  const value = values[paginator.has_more_path] ?? null;
  const text = String(value).toLowerCase();
  if (text === 'true' || text === '1' || text === 'yes') return true;
  if (text === 'false' || text === '0' || text === 'no') return false;
  throw notA(`true or false at '${paginator.has_more_path}'`, value);
}

export function rangeChanges(paginator: RangePaginator, step: PageStep): StepChanges {
  const query: Record<string, string> = {};
  const body: Record<string, number> = {};
  const put = (param: string, path: string | undefined, value: number) => {
    if (path === undefined) query[param] = String(value);
    else body[path] = value;
  };
  const position = step.position ?? firstPosition(paginator);
  if (paginator.type === 'page_number') {
    put(paginator.page_param, paginator.page_body_path, position);
  } else {
    put(paginator.offset_param, paginator.offset_body_path, position);
    put(paginator.limit_param, paginator.limit_body_path, paginator.limit);
  }
  return { query, body };
}

export function notA(expected: string, value: JsonScalar) {
  const shown = JSON.stringify(value).slice(0, 100);
  return fail('source_paging_broken', `The source should give ${expected}, but gives ${shown}`, {
    hint: 'Check the paths of the paginator against a response of the source.',
  });
}
