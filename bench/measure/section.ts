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

interface Rendering {
  /** When and on what it was measured. */
  readonly circumstances: string;
  readonly isJudged: boolean;
}

/** A section as Markdown that ends with one line break. */
export function renderSection(
  { title, setup, rows, targets, notes = [] }: Section,
  { circumstances, isJudged }: Rendering,
): string {
  const paragraphs = [
    `## ${title}`,
    `_${circumstances}_`,
    setup,
    renderTable(rows).join('\n'),
    targets.map((target) => renderTarget(target, isJudged)).join('\n'),
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

function renderTarget(target: Target, isJudged: boolean): string {
  const { claim, measured, bound, unit = '' } = target;
  const [word, limit] =
    'atLeast' in bound ? ['at least', bound.atLeast] : ['at most', bound.atMost];
  const numbers = `**${renderNumber(measured)}${unit}**, target ${word} ${limit}${unit}`;
  return `- ${claim}: ${numbers}: **${isJudged ? verdictOn(target) : 'not judged'}**`;
}

function verdictOn(target: Target): string {
  return isMet(target) ? 'pass' : 'MISS';
}

export function isMet({ measured, bound }: Target): boolean {
  return 'atLeast' in bound ? measured >= bound.atLeast : measured <= bound.atMost;
}

/** The results with the section of that title exchanged, or added at the end. */
export function placeSection(results: string, title: string, text: string): string {
  const sections = results.split(/^(?=## )/m);
  const at = sections.findIndex((section) => section.startsWith(`## ${title}\n`));
  const before = at < 0 ? sections : sections.slice(0, at);
  const after = at < 0 ? [] : sections.slice(at + 1);
  return `${[...before, text, ...after].map((section) => section.trimEnd()).join('\n\n')}\n`;
}
