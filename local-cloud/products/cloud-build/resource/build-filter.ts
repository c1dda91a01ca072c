import { StatusError } from '../../../protocol/status-error.ts';
import type { Build } from './build.ts';

type Test = (build: Build) => boolean;

const COMPARISON = /^\s*([a-z_.]+)\s*(=|!=|>=|<=|>|<)\s*"?([^"]*?)"?\s*$/;
const fields: Readonly<Record<string, (build: Build) => readonly string[]>> = {
  status: ({ status }) => [status],
  build_id: ({ id }) => [id],
  tags: ({ tags = [] }) => tags,
  images: ({ images = [] }) => images,
  create_time: ({ createTime }) => [createTime],
  start_time: ({ startTime = '' }) => [startTime],
  finish_time: ({ finishTime = '' }) => [finishTime],
};

/**
 * Comparisons such as `status="WORKING"` or `create_time>"2026-01-01T00:00:00Z"`, joined by AND, and
 * those by OR (https://cloud.google.com/build/docs/view-build-results#filtering_build_results_using_queries).
 * @throws INVALID_ARGUMENT
 */
export function readBuildFilter(filter: string | undefined): Test {
  if (!filter?.trim()) return () => true;
  const alternatives = filter.split(/\s+OR\s+/).map(readConjunction);
  return (build) => alternatives.some((isMet) => isMet(build));
}

function readConjunction(text: string): Test {
  const tests = text
    .replaceAll(/[()]/g, ' ')
    .split(/\s+AND\s+/)
    .map(readComparison);
  return (build) => tests.every((isMet) => isMet(build));
}

function readComparison(text: string): Test {
  const [, field = '', operator = '', wanted = ''] = COMPARISON.exec(text) ?? [];
  const read = fields[field];
  if (read === undefined) {
    const known = Object.keys(fields).join(', ');
    throw new StatusError(
      'INVALID_ARGUMENT',
      `filter: ${JSON.stringify(text.trim())} is no comparison of ${known}`,
    );
  }
  if (operator === '!=') return (build) => read(build).every((value) => value !== wanted);
  return (build) => read(build).some((value) => compare(value, operator, wanted));
}

/** Times are compared as instants, for they may come with fewer digits. */
function compare(value: string, operator: string, wanted: string): boolean {
  if (operator === '=') return value === wanted;
  const [a, b] = [Date.parse(value), Date.parse(wanted)];
  if (operator === '>') return a > b;
  if (operator === '>=') return a >= b;
  return operator === '<' ? a < b : a <= b;
}
