import { fail } from '../../error-codes.ts';
import type { Paginator } from '../../pipeline/spec/rest-client-spec.ts';
import { findLink } from './read-response.ts';
import { firstPosition, isRange, nextInRange, notA, rangeChanges } from './range-pages.ts';
import type { KnownPaginator, PageReport, PageStep, StepChanges } from './page-reader.ts';

export function firstStep(paginator: Paginator): PageStep {
  if (!isRange(paginator)) return { index: 0 };
  return { index: 0, position: firstPosition(paginator) };
}

/** The step after a page; null when it was the last. @throws source_paging_broken */
export function nextStep(
  paginator: KnownPaginator,
  step: PageStep,
  report: PageReport,
): PageStep | null {
  const index = step.index + 1;
  if (paginator.type === 'single_page') return null;
  if (isRange(paginator)) return nextInRange(paginator, step, report);
  if (paginator.type === 'json_link' || paginator.type === 'header_link') {
    const link = linkOf(paginator, report);
    return link ? { index, url: resolveLink(link, report.url) } : null;
  }
  const cursor = cursorOf(paginator, report);
  if (!cursor) return null;
  if (cursor === step.cursor) throw sameAgain(`the cursor '${cursor}'`);
  return { index, cursor };
}

/** The step after a page as far as its headers tell; undefined when the body must be read first. */
export function stepFromHeaders(
  paginator: KnownPaginator,
  step: PageStep,
  report: Pick<PageReport, 'url' | 'headers'>,
): PageStep | null | undefined {
  if (paginator.type !== 'header_link' && paginator.type !== 'header_cursor') return undefined;
  return nextStep(paginator, step, { ...report, values: {}, rows: 1 });
}

/** JSONPaths of the values that `nextStep` wants to see. */
export function valuePaths(paginator: KnownPaginator): readonly string[] {
  if (paginator.type === 'json_link') return [paginator.next_url_path];
  if (paginator.type === 'cursor') return [paginator.cursor_path];
  if (!isRange(paginator)) return [];
  return [paginator.total_path, paginator.has_more_path].filter((path) => typeof path === 'string');
}

export function stepChanges(paginator: Paginator, step: PageStep): StepChanges {
  if (step.url !== undefined) return { url: step.url, query: {}, body: {} };
  if (isRange(paginator)) return rangeChanges(paginator, step);
  if (step.cursor === undefined) return { query: {}, body: {} };
  if (paginator.type === 'cursor' && paginator.cursor_body_path !== undefined) {
    return { query: {}, body: { [paginator.cursor_body_path]: step.cursor } };
  }
  const param = 'cursor_param' in paginator ? (paginator.cursor_param ?? 'cursor') : 'cursor';
  return { query: { [param]: step.cursor }, body: {} };
}

function linkOf(
  paginator: Extract<Paginator, { type: 'json_link' | 'header_link' }>,
  report: PageReport,
): string | null {
  if (paginator.type === 'header_link') {
    return findLink(report.headers.link ?? '', paginator.links_next_key);
  }
  const value = report.values[paginator.next_url_path] ?? null;
  if (value === null || value === '' || value === false) return null;
  if (typeof value !== 'string') throw notA(`a link at '${paginator.next_url_path}'`, value);
  return value;
}

/** Empty, 0 and false mean the end, as in dlt. */
function cursorOf(
  paginator: Extract<Paginator, { type: 'cursor' | 'header_cursor' }>,
  report: PageReport,
): string | null {
  if (paginator.type === 'header_cursor') {
    return report.headers[paginator.cursor_key.toLowerCase()] ?? null;
  }
  const value = report.values[paginator.cursor_path];
  return value ? String(value) : null;
}

/**
 * A link may stay on its origin, or go from http to https on the same host. Anything else would
 * carry the tenant's credentials, or its data's origin, to where the config does not point.
 */
function resolveLink(link: string, from: string): string {
  if (!URL.canParse(link, from)) throw notA('a link to the next page', link);
  const [next, current] = [new URL(link, from), new URL(from)];
  next.hash = '';
  if (next.href === current.href) throw sameAgain('the link to itself');
  const upgraded =
    next.protocol === 'https:' &&
    current.protocol === 'http:' &&
    next.hostname === current.hostname;
  if (next.origin === current.origin || upgraded) return next.href;
  throw fail(
    'source_paging_broken',
    `The link to the next page leads from ${current.origin} to ${next.origin}, and is not followed`,
    { hint: "If that is where the data is, make it the 'base_url'." },
  );
}

function sameAgain(what: string) {
  return fail('source_paging_broken', `The source answers with ${what} again: a circle of pages`, {
    hint: 'Check the paginator: the source may ignore the parameter that asks for the next page.',
  });
}
