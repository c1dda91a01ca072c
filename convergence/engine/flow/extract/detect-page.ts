import { findLink } from './read-response.ts';
import type { KnownPaginator } from './page-reader.ts';
import type { Outline, OutlineMember } from './page-reader.ts';
import type { ResponseHeaders } from './read-response.ts';

/** Names and order as in dlt: dlt/sources/helpers/rest_client/detector.py. */
const RECORD_NAMES = new Set(
  'data items results entries records rows entities payload content objects values'.split(' '),
);
const TOTAL_PAGES_NAMES = new Set(['total_pages', 'pages', 'totalpages']);
const CURRENT_PAGE_NAMES = new Set(['page', 'current_page', 'currentpage', 'page_number']);

/**
 * The JSONPath of the records: the document when it is a list, else the first list with a usual
 * name, else the least nested list, else the document as one record.
 */
export function detectSelector(outline: Outline): string {
  if (outline.root !== 'object') return '$';
  const lists = outline.members
    .filter((member) => member.type === 'array' && depthOf(member) <= 3)
    .toSorted((left, right) => depthOf(left) - depthOf(right));
  const usual = lists.find((list) => RECORD_NAMES.has(nameOf(list)));
  return (usual ?? lists[0])?.path ?? '$';
}

/**
 * How the source pages, from its first response: a Link header, a link in the document, a count of
 * pages, a cursor, or else a single page.
 */
export function detectPaginator(headers: ResponseHeaders, outline: Outline): KnownPaginator {
  if (findLink(headers.link ?? '', 'next')) return { type: 'header_link', links_next_key: 'next' };
  const next = outline.members.find(isNext);
  if (typeof next?.value === 'string' && /^(https?:|\/)/.test(next.value)) {
    return { type: 'json_link', next_url_path: next.path };
  }
  const totalPages = outline.members.find((member) => isCount(member, TOTAL_PAGES_NAMES));
  if (totalPages) return pageNumber(totalPages, outline);
  if (!next) return { type: 'single_page' };
  return { type: 'cursor', cursor_path: next.path, cursor_param: cursorParamOf(nameOf(next)) };
}

/** The first page was asked for without a number: it says its own, or counts from 1. */
function pageNumber(total: OutlineMember, outline: Outline): KnownPaginator {
  const current = outline.members.find((member) => isCount(member, CURRENT_PAGE_NAMES));
  const page = current ? Number(current.value) : 1;
  return {
    type: 'page_number',
    base_page: page,
    page,
    page_param: 'page',
    total_path: total.path,
    stop_after_empty_page: true,
  };
}

function isNext(member: OutlineMember): boolean {
  if (member.type !== 'string' && member.type !== 'number') return false;
  const [name = '', parent = ''] = namesOf(member).toReversed();
  const names = [name.toLowerCase(), parent.toLowerCase()];
  if (names[0]?.startsWith('next')) return true;
  const inNext = names[1]?.startsWith('next') && (names[0] === 'href' || names[0] === 'url');
  return inNext || (names[1] === 'cursors' && names[0] === 'after');
}

/** `next_page_token` is mostly sent back as `page_token`, `after` as `after`. */
function cursorParamOf(name: string): string {
  if (name === 'after') return name;
  const bare = name.replace(/^next_?/, '');
  return /token|after/i.test(bare) ? bare.charAt(0).toLowerCase() + bare.slice(1) : 'cursor';
}

function isCount(member: OutlineMember, names: ReadonlySet<string>): boolean {
  return names.has(nameOf(member).toLowerCase()) && /^\d+$/.test(String(member.value));
}

function namesOf(member: OutlineMember): string[] {
  return [...member.path.matchAll(/\.(?:"((?:[^"\\]|\\.)*)"|([^."]+))/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
}

function nameOf(member: OutlineMember): string {
  return namesOf(member).at(-1) ?? '';
}

function depthOf(member: OutlineMember): number {
  return namesOf(member).length;
}
