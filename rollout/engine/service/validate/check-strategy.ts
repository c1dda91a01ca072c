import type { Fault } from 'base/document/explain-issue.ts';
import type { DocumentPath } from 'base/document/yaml-document.ts';
import type { StrategyDocument, StrategyObject } from '../document/strategy-document.ts';
import { resolveStrategy } from '../resolve/resolve-strategy.ts';
import type { Strategy } from '../rollout-spec.ts';

type WrittenStep = NonNullable<StrategyObject['steps']>[number];

/** What cannot be done or would never decide anything, of a strategy written at `path`. */
export function checkStrategy(path: DocumentPath, document: StrategyDocument): Fault[] {
  if (typeof document === 'string') return [];
  const steps = document.steps ?? [];
  const strategy = resolveStrategy(document);
  const faults = [
    ...steps.flatMap((step, index) => checkStep(steps, index, step)),
    ...checkLimits(document, strategy),
    ...checkTimes(document, strategy),
    ...checkWeights(document),
    ...checkMetrics(document),
  ];
  return faults.map((fault) => ({ ...fault, path: [...path, ...fault.path] }));
}

function checkStep(steps: readonly WrittenStep[], index: number, step: WrittenStep): Fault[] {
  const faults: Fault[] = [];
  const add = (key: string, message: string, rest: Omit<Fault, 'path' | 'message'>) =>
    faults.push({ path: ['steps', index, key], message, ...rest });
  const before = steps[index - 1]?.traffic ?? 0;
  if (step.traffic <= before) {
    add('traffic', `'traffic' is ${step.traffic} after ${before}`, {
      expected: 'more than in the step before',
    });
  }
  if (index < steps.length - 1) return [...faults, ...checkEarlierStep(index, step)];
  if (step.traffic < 100) {
    return [...faults, notAll(index, step)];
  }
  if (step.for !== undefined) {
    add('for', "'for' stands at the last step, which has nothing to be compared with", {
      atKey: true,
      suggestion: `use watch: ${showMs(step.for)}`,
    });
  }
  return faults;
}

function notAll(index: number, step: WrittenStep): Fault {
  return {
    path: ['steps', index, 'traffic'],
    message: `'traffic' of the last step is ${step.traffic}`,
    expected: '100',
    suggestion: 'add { traffic: 100, watch: 10m } after it',
  };
}

function checkEarlierStep(index: number, step: WrittenStep): Fault[] {
  const faults: Fault[] = [];
  if (step.watch !== undefined) {
    faults.push({
      path: ['steps', index, 'watch'],
      atKey: true,
      message: "'watch' stands at a step that is not the last",
      suggestion: `use for: ${showMs(step.watch)}`,
    });
  } else if (step.for === undefined) {
    faults.push({
      path: ['steps', index, 'for'],
      atKey: true,
      message: "'for' is missing",
      expected: 'how long the step is judged, such as 5m',
    });
  }
  return faults;
}

function checkLimits(document: StrategyObject, strategy: Strategy): Fault[] {
  const { judge, steps } = strategy;
  if (judge.kind === 'sequential') {
    return (document.steps ?? []).flatMap((step, index) =>
      step.maxErrors === undefined
        ? []
        : {
            path: ['steps', index, 'maxErrors'],
            atKey: true,
            message: "'maxErrors' is for the judge of kind thresholds, here it is sequential",
            suggestion: 'take it away, or write judge: { kind: thresholds }',
          },
    );
  }
  const limits = [judge.errorRate, judge.p95Ms, judge.p99Ms, judge.maxErrors];
  const judged = steps.filter(({ traffic }) => traffic < 100);
  const isJudged = limits.some((limit) => limit !== null);
  if (!isJudged && !judged.every(({ maxErrors }) => maxErrors !== null)) {
    const message = 'the judge has no threshold, so that it would promote anything';
    const expected = 'at least one of errorRate, p95, p99 or maxErrors';
    return [{ path: ['judge'], atKey: true, message, expected }];
  }
  if (judge.p95Ms === null || judge.p99Ms === null || judge.p95Ms <= judge.p99Ms) return [];
  const message = `'p99' is ${showMs(judge.p99Ms)}`;
  return [{ path: ['judge', 'p99'], message, expected: `at least p95, ${showMs(judge.p95Ms)}` }];
}

/** What the judge was told to wait for must fit into each step that it judges. */
function checkTimes(document: StrategyObject, { steps }: Strategy): Fault[] {
  const judge = document.judge;
  const shortestMs = Math.min(
    ...steps.map(({ durationMs }) => durationMs).filter((durationMs) => durationMs > 0),
  );
  const times = judge?.kind === 'sequential' ? { soak: judge.soak, every: judge.every } : {};
  return Object.entries({ every: judge?.every, ...times }).flatMap(([key, ms]) =>
    ms === undefined || ms <= shortestMs
      ? []
      : {
          path: ['judge', key],
          message: `'${key}' is ${showMs(ms)}`,
          expected: `at most the shortest step, ${showMs(shortestMs)}`,
        },
  );
}

function checkWeights({ judge }: StrategyObject): Fault[] {
  if (judge?.kind !== 'sequential' || !judge.weights) return [];
  const sum = Object.values(judge.weights).reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum - 1) < 1e-9) return [];
  const message = `'weights' sum to ${Number(sum.toPrecision(6))}`;
  return [{ path: ['judge', 'weights'], message, expected: '1' }];
}

/** Each metric needs a weight, and each weight a metric. */
function checkMetrics({ judge }: StrategyObject): Fault[] {
  if (judge?.kind !== 'sequential') return [];
  const { weights = {}, metrics = {} } = judge;
  const own = Object.keys(metrics);
  const taken = own.filter((name) => BUILT_IN.has(name));
  const known = [...BUILT_IN, ...own];
  return [
    ...taken.map((name) => ({
      path: ['judge', 'metrics', name],
      atKey: true,
      message: `'${name}' is measured already`,
      expected: 'a name of your own',
    })),
    ...own
      .filter((name) => !(name in weights))
      .map((name) => ({
        path: ['judge', 'metrics', name],
        atKey: true,
        message: `'${name}' has no weight, so that it would decide nothing`,
        suggestion: `write weights: { errors: 0.4, latency: 0.4, ${name}: 0.2 }`,
      })),
    ...Object.keys(weights)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: ['judge', 'weights', name],
        atKey: true,
        message: `unknown key '${name}'`,
        expected: `errors, latency, or a name in metrics`,
      })),
  ];
}

const BUILT_IN = new Set(['errors', 'latency']);

function showMs(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
