import { groups, impossible } from './commands.ts';

/** What became of a command, such as `works`. */
export type Outcomes = ReadonlyMap<string, string>;

/** The page of the commands and their outcomes. */
export function renderToolTable(outcomes: Outcomes): string {
  const sections = groups.map(({ product, commands }) => {
    const rows = commands.map(({ command }) => [code(command), outcomes.get(command) ?? 'not run']);
    return `## ${product}\n\n${table([['Command', 'Outcome'], ...rows])}`;
  });
  const never = impossible.map(({ command, why }) => [code(command), why]);
  return [
    '# Official tools against local-cloud',
    "Google's own command lines are a second client beside Google's libraries. `official-tools.test.ts` runs these commands, in this order, with the settings of [the README](../README.md), and holds this page; after a change: `node --test --test-update-snapshots local-cloud/official-tools/official-tools.test.ts`.",
    ...sections,
    `## Not here\n\n${table([['Command', 'Why'], ...never])}`,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

/** Padded, as formatters of Markdown want it. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [first = '', ...body] = rows.map(line);
  return [first, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}
