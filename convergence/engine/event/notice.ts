import { isEnded } from '../run/run-states.ts';
import type { RuleResult, Run, StepRecord } from '../run/run.ts';

/** What people are told of a run, in plain text. */
export interface Notice {
  readonly subject: string;
  readonly lines: readonly string[];
}

export interface NoticeFacts {
  readonly run: Run & { readonly steps: readonly StepRecord[] };
  readonly results: readonly RuleResult[];
  readonly link: string | null;
}

const MAX_RULES = 10;
const MAX_LINE = 500;

/** Failures in it were masked when they were recorded. */
export function composeNotice({ run, results, link }: NoticeFacts): Notice {
  const { tenantId, pipelineId, runId, triggerBy, createdAt } = run;
  const subject = `[${tenantId}] ${pipelineId} ${headlineOf(run)}`;
  const started = createdAt.toISOString().slice(0, 16).replace('T', ' ');
  const lines = [
    ...reasonLines(run),
    ...ruleLines(results),
    `Run ${runId}, asked for by ${triggerBy} at ${started} UTC.`,
    ...(link === null ? [] : [link]),
  ];
  return { subject, lines: lines.map(cut) };
}

function headlineOf({ status, failure }: Run): string {
  if (status === 'COMPLETE') return 'works again';
  if (!isEnded(status)) return `is ${status}`;
  return failure ? `${status}: ${failure.code}` : status;
}

function reasonLines({ status, failure, steps }: NoticeFacts['run']): string[] {
  if (status === 'COMPLETE') return ['The run before had failed; this one is complete.'];
  const failed = steps.filter((step) => step.status === 'FAILED' && step.failure);
  const own = failure && !failed.some((step) => step.failure?.message === failure.message);
  return [
    ...(own ? [failure.message] : []),
    ...failed.map(({ name, failure: reason }) => `Step ${name}: ${reason?.message ?? ''}`),
    ...(failure?.hint ? [failure.hint] : []),
  ];
}

function ruleLines(results: readonly RuleResult[]): string[] {
  const broken = results.filter(({ passed }) => !passed);
  const lines = broken.slice(0, MAX_RULES).map((rule) => {
    const why = rule.problem ?? `${rule.rowsFailed} of ${rule.rowsTested} rows`;
    return `- ${rule.table}: ${rule.ruleId} (${rule.severity}): ${why}`;
  });
  const more = broken.length - lines.length;
  if (more > 0) lines.push(`- and ${more} more`);
  return lines.length === 0 ? [] : ['Data quality rules that failed:', ...lines];
}

function cut(line: string): string {
  const flat = line.replaceAll(/\s+/g, ' ').trim();
  return flat.length > MAX_LINE ? `${flat.slice(0, MAX_LINE - 1)}…` : flat;
}
