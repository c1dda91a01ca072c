import type { Style } from 'base/terminal/style.ts';
import { formatCount } from 'base/terminal/amount.ts';
import type { Detectable, Gate, Plan, PlannedEffect, Stage } from '../../engine/plan/plan.ts';
import type { Effect } from '../../engine/plan/effect.ts';
import { formatRef, formatSpan, formatTraffic, timesText } from './traffic-text.ts';

const KINDS: Readonly<Record<Plan['kind'], string>> = {
  create: 'the service is new: it is proved, then it serves',
  serve: 'nothing serves yet: it is proved, then it serves',
  shift: 'traffic moves step by step',
};

const STAGES: Readonly<Record<Stage['name'], string>> = {
  lock: 'take the lock',
  pin: 'pin the traffic that follows LATEST',
  deploy: 'deploy',
  prove: 'prove the revision at its own address',
  step: 'step',
  watch: 'watch; a return is instant',
  cleanUp: 'delete old revisions',
  unlock: 'give the lock back',
};

/** What a rollout will do, stage by stage, with the traffic before and after each write. */
export function renderPlan(plan: Plan, style: Style): string[] {
  const against = plan.stable === null ? '' : `, against ${plan.stable}`;
  return [
    `${style.strong(plan.revision)}${against}  ${style.faint(formatRef(plan.ref))}`,
    `${KINDS[plan.kind]}; ${formatSpan(plan.durationMs)} in all, without build and proof`,
    ...plan.warnings.flatMap(({ message, hint }) => [
      `${style.warn('warning')}  ${message}`,
      ...(hint === undefined ? [] : [`         ${hint}`]),
    ]),
    '',
    ...plan.gates.map((gate) => renderGate(gate, style)),
    '',
    ...plan.stages.flatMap((stage, at) => renderStage(stage, at, style)),
  ];
}

function renderGate({ name, state, message }: Gate, style: Style): string {
  const paint = { open: style.good, pending: style.warn, closed: style.bad }[state];
  return `${paint(state.padEnd(7))}  ${name.padEnd(10)}  ${message}`;
}

function renderStage(stage: Stage, at: number, style: Style): string[] {
  const number = String(at + 1).padStart(2);
  const lasts = stage.durationMs > 0 ? style.faint(` for ${formatSpan(stage.durationMs)}`) : '';
  const lines = stage.effects.flatMap((planned) => renderEffect(planned, style));
  const seen =
    stage.name === 'step' && stage.durationMs > 0
      ? [`    ${detectableText(stage.detectable)}`]
      : [];
  return [`${number}  ${style.strong(stageTitle(stage))}${lasts}`, ...lines, ...seen];
}

function stageTitle(stage: Stage): string {
  return stage.step === null ? STAGES[stage.name] : `step ${stage.step + 1}`;
}

function renderEffect({ effect, before, after }: PlannedEffect, style: Style): string[] {
  const [from, to] = [formatTraffic(before), formatTraffic(after)];
  const title = `    ${(EFFECTS[effect.kind] as (effect: Effect) => string)(effect)}`;
  if (from === to) return [title];
  return [
    title,
    `      ${style.faint('before')}  ${from}`,
    `      ${style.faint('after')}   ${to}`,
  ];
}

type EffectTexts = { [K in Effect['kind']]: (effect: Extract<Effect, { kind: K }>) => string };

const EFFECTS: EffectTexts = {
  createService: ({ revision, tag }) => `create the service with ${revision} (tag ${tag})`,
  deployRevision: ({ revision }) => `deploy ${revision}, without traffic`,
  moveTraffic: () => 'move traffic, one write',
  annotate: ({ annotations }) =>
    `annotate: ${Object.entries(annotations)
      .map(([name, value]) => (value === null ? `take ${name} away` : `set ${name}`))
      .join(', ')}`,
  deleteRevision: ({ revision }) => `delete ${revision}`,
};

/** What the judge will be able to see, in a sentence. */
function detectableText(detectable: Detectable | null): string {
  if (detectable === null) return 'what can be seen is unknown, as the traffic is';
  const { canaryRequests, errorsTimes, latencyTimes } = detectable;
  const about = `about ${formatCount(canaryRequests)} requests`;
  const seen = [
    errorsTimes === null ? null : `errors ${timesText(errorsTimes)}`,
    latencyTimes === null ? null : `latency ${timesText(latencyTimes)}`,
  ].filter((text) => text !== null);
  if (seen.length === 0) return `${about}: too few to see any fault with 80 % probability`;
  return `${about}: ${seen.join(' and ')} would be seen with 80 % probability`;
}
