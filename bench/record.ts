import { readFile, rename, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { version } from '@duckdb/node-api';

/** One benchmark's part of RESULTS.md. */
export interface Section {
  /** Names the section: the next run of the same benchmark takes its place. */
  readonly title: string;
  /** What was measured and against what, in a few sentences. */
  readonly setup: string;
  /** Objects with the same keys; the keys are the headings. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  readonly targets: readonly Target[];
  /** What a reader must know to judge the numbers. */
  readonly notes?: readonly string[];
}

export interface Target {
  readonly claim: string;
  readonly measured: number;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
  /** Written behind the numbers, as ` ms`. */
  readonly unit?: string;
}

const RESULTS = new URL('RESULTS.md', import.meta.url);

/** Small inputs, to see whether a benchmark runs: its numbers mean nothing and are not kept. */
export const isQuick = process.argv.includes('--quick');

/**
 * Prints a section and writes it into RESULTS.md with date and machine. A missed target makes the
 * process end with 1.
 */
export async function recordSection(section: Section): Promise<void> {
  const text = renderSection(section);
  process.stdout.write(`${text}\n`);
  if (isQuick) return;
  if (!section.targets.every(isMet)) process.exitCode = 1;
  const next = new URL('RESULTS.next.md', import.meta.url);
  await writeFile(next, replaceSection(await readFile(RESULTS, 'utf8'), section.title, text));
  await rename(next, RESULTS);
}

function renderSection({ title, setup, rows, targets, notes = [] }: Section): string {
  const paragraphs = [
    `## ${title}`,
    `_${today()}; ${machine()}_`,
    setup,
    renderTable(rows).join('\n'),
    targets.map(renderTarget).join('\n'),
    ...notes,
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function renderTable(rows: Section['rows']): string[] {
  const headings = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => headings.map((heading) => renderCell(row[heading])));
  const isNumber = (column: number) =>
    rows.every((row) => typeof row[headings[column] ?? ''] === 'number');
  const rule = headings.map((_, column) => (isNumber(column) ? '---:' : '---'));
  return [headings, rule, ...cells].map((row) => `| ${row.join(' | ')} |`);
}

function renderCell(value: string | number | undefined): string {
  return typeof value === 'number' ? renderNumber(value) : (value ?? '');
}

function renderNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size < 10 ? 2 : 1);
}

function renderTarget(target: Target): string {
  const { claim, measured, bound, unit = '' } = target;
  const [word, limit] =
    'atLeast' in bound ? ['at least', bound.atLeast] : ['at most', bound.atMost];
  const numbers = `**${renderNumber(measured)}${unit}**, target ${word} ${limit}${unit}`;
  return `- ${claim}: ${numbers}: **${verdictOn(target)}**`;
}

function verdictOn(target: Target): string {
  if (isQuick) return 'not judged';
  return isMet(target) ? 'pass' : 'MISS';
}

function isMet({ measured, bound }: Target): boolean {
  return 'atLeast' in bound ? measured >= bound.atLeast : measured <= bound.atMost;
}

function replaceSection(results: string, title: string, text: string): string {
  const sections = results.split(/^(?=## )/m);
  const at = sections.findIndex((section) => section.startsWith(`## ${title}\n`));
  const before = at < 0 ? sections : sections.slice(0, at);
  const after = at < 0 ? [] : sections.slice(at + 1);
  return `${[...before, text, ...after].map((section) => section.trimEnd()).join('\n\n')}\n`;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Nothing that names the machine or says where on it the repository lies. */
function machine(): string {
  const memoryGib = Math.round(totalmem() / 1024 ** 3);
  const model = cpus()[0]?.model.trim() ?? process.arch;
  const versions = `Node ${process.versions.node}, DuckDB ${version()}`;
  return `${availableParallelism()} cores (${model}), ${memoryGib} GiB; ${process.platform}; ${versions}`;
}
