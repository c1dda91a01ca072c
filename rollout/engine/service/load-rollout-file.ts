import { placeFault, parseSpec } from 'base/document/parse-spec.ts';
import type { Problem } from 'base/document/problem.ts';
import { salvageSpec } from 'base/document/salvage-spec.ts';
import { MAX_PROBLEMS, readYaml } from 'base/document/yaml-document.ts';
import { rolloutDocument } from './document/rollout-document.ts';
import { resolveFile } from './resolve/resolve-file.ts';
import type { RolloutFile } from './rollout-spec.ts';
import { checkDocument } from './validate/check-document.ts';

export type RolloutReading =
  | { readonly file: RolloutFile; readonly problems: readonly [] }
  | { readonly file: null; readonly problems: readonly Problem[] };

/**
 * The text of rollout.yaml as it will be used, or every mistake in it, in the order of the file.
 * Never throws, whatever the text is. `name`: of the file, for the problems.
 */
export function loadRolloutFile(text: string, name = 'rollout.yaml'): RolloutReading {
  const { document, problems } = readYaml(name, text);
  if (!document) return { file: null, problems };
  const parsed = parseSpec(document, rolloutDocument, { hintFor: sayHow });
  // Mistakes in one place must not hide those in another.
  const sound = parsed.value
    ? { document, spec: parsed.value }
    : salvageSpec(document, rolloutDocument);
  const faults = sound
    ? checkDocument(sound.spec).map((fault) => placeFault(sound.document, fault))
    : [];
  const certain = faults.filter(
    (fault) => !parsed.problems.some((known) => explains(known, fault)),
  );
  const all = [...problems, ...parsed.problems, ...certain].toSorted(byPlace);
  if (parsed.value && all.length === 0) return { file: resolveFile(parsed.value), problems: [] };
  return { file: null, problems: all.slice(0, MAX_PROBLEMS) };
}

const KINDS = new Set<unknown>(['sequential', 'thresholds', 'dockerfile', 'cloud-build', 'none']);

/** How to write what was meant. */
function sayHow(value: unknown, expected: string): string | undefined {
  if (typeof value === 'number' && expected === 'text') return 'say of what, as in 5m or 1%';
  if (typeof value !== 'string') return undefined;
  if (expected === 'a list') return 'write it in parts, as in [node, server.js]';
  return expected === 'a map' && KINDS.has(value) ? `write { kind: ${value} }` : undefined;
}

/** What a mistake took out must not be told again as missing or as too little. */
function explains(known: Problem, { path }: Problem): boolean {
  const isBelow = path !== '' && known.path.startsWith(path);
  const steps = /^.*\bsteps\[/.exec(path)?.[0];
  return isBelow || (steps !== undefined && known.path.startsWith(steps));
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}
