import type { StrategyDocument, StrategyObject } from '../document/strategy-document.ts';
import { PRESETS, SEQUENTIAL, THRESHOLDS } from './preset.ts';
import type { JudgePolicy, Step, Strategy } from '../rollout-spec.ts';

/** A strategy as it was written, laid over its preset. */
export function resolveStrategy(document: StrategyDocument = 'sequential'): Strategy {
  if (typeof document === 'string') return PRESETS[document];
  const base = PRESETS[document.preset ?? 'sequential'];
  const judge = toJudge(document.judge, base.judge);
  const steps = document.steps?.map(toStep) ?? base.steps;
  return {
    prove: { ...base.prove, ...document.prove },
    // Limits of a preset's steps go with its kind of judge.
    steps:
      judge.kind === 'thresholds' ? steps : steps.map((step) => ({ ...step, maxErrors: null })),
    judge,
    on: { ...base.on, ...document.on },
    keepRevisions: document.keepRevisions ?? base.keepRevisions,
  };
}

function toStep(step: NonNullable<StrategyObject['steps']>[number]): Step {
  return {
    traffic: step.traffic,
    durationMs: step.for ?? 0,
    watchMs: step.watch ?? 0,
    maxErrors: step.maxErrors ?? null,
  };
}

function toJudge(judge: StrategyObject['judge'], base: JudgePolicy): JudgePolicy {
  if (!judge) return base;
  if (judge.kind === 'sequential') {
    const { soak, every, ...rest } = judge;
    return {
      ...SEQUENTIAL,
      ...rest,
      soakMs: soak ?? SEQUENTIAL.soakMs,
      tickMs: every ?? SEQUENTIAL.tickMs,
    };
  }
  const { p95, p99, every, ...rest } = judge;
  return {
    ...THRESHOLDS,
    ...rest,
    p95Ms: p95 ?? null,
    p99Ms: p99 ?? null,
    tickMs: every ?? THRESHOLDS.tickMs,
  };
}
