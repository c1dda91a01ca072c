import { readFile, rename, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { version } from '@duckdb/node-api';
import { isMet, placeSection, renderSection } from './section.ts';
import type { Section } from './section.ts';

const RESULTS = new URL('../RESULTS.md', import.meta.url);

/** Small inputs, to see whether a benchmark runs: its numbers mean nothing and are not kept. */
export const isQuick = process.argv.includes('--quick');

/**
 * Prints a section and writes it into RESULTS.md with date and machine. A missed target makes the
 * process end with 1.
 */
export async function recordSection(section: Section): Promise<void> {
  const text = renderSection(section, {
    circumstances: `${today()}; ${machine()}`,
    isJudged: !isQuick,
  });
  process.stdout.write(`${text}\n`);
  if (isQuick) return;
  if (!section.targets.every(isMet)) process.exitCode = 1;
  const next = new URL('../RESULTS.next.md', import.meta.url);
  await writeFile(next, placeSection(await readFile(RESULTS, 'utf8'), section.title, text));
  await rename(next, RESULTS);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Nothing that names the machine or says where on it the repository lies. */
function machine(): string {
  const memoryGib = Math.round(totalmem() / 1024 ** 3);
  const model = cpus()[0]?.model.trim() ?? process.arch;
  const versions = `Node ${process.versions.node}, DuckDB ${version()}`;
  // Far above the cores, something else ran too: then CPU seconds say more than wall seconds.
  const load = `load ${(loadavg()[0] ?? 0).toFixed(1)}`;
  return `${availableParallelism()} cores (${model}), ${memoryGib} GiB, ${load}; ${process.platform}; ${versions}`;
}
