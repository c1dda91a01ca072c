import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeSection, renderSection } from './section.ts';
import type { Section } from './section.ts';

const section: Section = {
  title: 'Pages',
  setup: 'Pages of a server.',
  rows: [
    { '': 'ours', s: 2.345, 'rows/s': 123_456.7 },
    { '': 'theirs', s: 23.45, 'rows/s': 12_345.6 },
  ],
  targets: [
    { claim: 'Speed', measured: 5, bound: { atLeast: 5 }, unit: 'x' },
    { claim: 'Memory', measured: 1.3, bound: { atMost: 1.2 } },
  ],
  notes: ['It rained.'],
};

const rendered = `## Pages

_2026-01-01; 2 cores_

Pages of a server.

|  | s | rows/s |
| --- | ---: | ---: |
| ours | 2.35 | 123,457 |
| theirs | 23.4 | 12,346 |

- Speed: **5.00x**, target at least 5x: **pass**
- Memory: **1.30**, target at most 1.2: **MISS**

It rained.
`;

test('a section shows numbers, targets and what became of them', () => {
  const circumstances = '2026-01-01; 2 cores';
  assert.equal(renderSection(section, { circumstances, isJudged: true }), rendered);
  const quick = renderSection(section, { circumstances, isJudged: false });
  assert.equal(quick, rendered.replaceAll(/\*\*(pass|MISS)\*\*/g, '**not judged**'));
});

test('a section takes the place of its last run and leaves the others as they are', () => {
  const [head, other, last] = ['# Results\n\nIntro.', '## Other\n\nA', '## Pages more\n\nB'];
  const before = `${head}\n\n${other}\n\n## Pages\n\nold\n\n### part\n\nold\n\n${last}\n`;
  assert.equal(
    placeSection(before, 'Pages', rendered),
    `${head}\n\n${other}\n\n${rendered}\n${last}\n`,
  );
  assert.equal(placeSection(`${head}\n`, 'Pages', rendered), `${head}\n\n${rendered}`);
});
