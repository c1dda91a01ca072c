import { fileURLToPath } from 'node:url';
import { medianUsage, runFresh } from '../measure/fresh-run.ts';
import type { Usage } from '../measure/fresh-run.ts';
import { isQuick, recordSection } from '../measure/record.ts';
import { FORMATS, writeInput } from './write-input.ts';
import type { Format, Input } from './write-input.ts';

const MB = 1e6;
const SIZE_BYTES = (isQuick ? 20 : 1000) * MB;
const RUNS = isQuick ? 1 : 3;
const TIMES = 10;
/** So little that even one file has to go through it in pieces. */
const TIGHT_BYTES = 256 * 1024 ** 2;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = here('../data');

interface Compared {
  readonly input: Input;
  readonly ours: Usage;
  readonly peer: Usage;
}

const compared: Compared[] = [];
for (const format of FORMATS) compared.push(await compare(format));
const [ndjson] = compared;
if (!ndjson) throw new Error('there are no formats');
const once = await runOurs(ndjson.input, { copies: 1, memoryLimitBytes: TIGHT_BYTES });
const large = await runOurs(ndjson.input, { copies: TIMES, memoryLimitBytes: TIGHT_BYTES });

await recordSection({
  title: 'Files into a table',
  setup: `A file of ${SIZE_BYTES / MB} MB of each format through the whole ingest path (inference, 5 row rules, load id, publish), beside DuckDB's own \`CREATE TABLE AS SELECT * FROM file\` both with their default memory. ${RUNS} runs of each in turns, a process each; medians.`,
  rows: [
    ...compared.flatMap(({ input, ours, peer }) => [
      rowOf(`Convergence, ${input.format}`, input.sizeBytes, ours),
      rowOf(`CREATE TABLE AS, ${input.format}`, input.sizeBytes, peer),
    ]),
    rowOf('Convergence, ndjson, in 256 MiB', ndjson.input.sizeBytes, once),
    rowOf(`${TIMES} such files, in 256 MiB`, TIMES * ndjson.input.sizeBytes, large),
  ],
  targets: [
    ...compared.map(({ input, ours, peer }) => ({
      claim: `Speed beside CREATE TABLE AS, ${input.format}`,
      measured: peer.wallSeconds / ours.wallSeconds,
      bound: { atLeast: 0.7 },
      unit: 'x',
    })),
    {
      claim: `Peak memory with ${TIMES} times the input`,
      measured: large.peakRssBytes / once.peakRssBytes,
      bound: { atMost: 1.2 },
      unit: 'x',
    },
    {
      claim: `Peak memory with ${TIMES} times the input`,
      measured: large.peakRssBytes / 1024 ** 2,
      bound: { atMost: 1024 },
      unit: ' MiB',
    },
  ],
  notes: [
    'CPU seconds are those of the whole process, with its start; they tell more than the wall when the machine does something else beside.',
  ],
});

async function compare(format: Format): Promise<Compared> {
  const input = await writeInput(folder, format, SIZE_BYTES);
  const [ours, peer]: [Usage[], Usage[]] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    peer.push(await runFresh([process.execPath, here('create-table-as.ts')], input));
    ours.push(await runOurs(input, { copies: 1 }));
  }
  return { input, ours: medianUsage(ours), peer: medianUsage(peer) };
}

async function runOurs(
  input: Input,
  load: { copies: number; memoryLimitBytes?: number },
): Promise<Usage> {
  const usage = await runFresh([process.execPath, here('ours.ts')], { input, ...load });
  if (usage.rows === input.rows * load.copies) return usage;
  throw new Error(`${usage.rows} rows of ${input.rows * load.copies} arrived`);
}

function rowOf(name: string, sizeBytes: number, usage: Usage) {
  return {
    '': name,
    seconds: usage.wallSeconds,
    'MB/s': sizeBytes / MB / usage.wallSeconds,
    'rows/s': usage.rows / usage.wallSeconds,
    'CPU seconds': usage.cpuSeconds,
    'peak RSS, MiB': usage.peakRssBytes / 1024 ** 2,
  };
}
