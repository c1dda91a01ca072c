import type { Have, TrafficTarget } from './have.ts';
import type { Plan, Stage, Warning } from './plan.ts';
import { isOwnTag } from './revision/name-revision.ts';
import { diagnoseTraffic } from './traffic/diagnose-traffic.ts';
import type { Finding } from './traffic/diagnose-traffic.ts';

const FINDINGS: Partial<Record<Finding['code'], Warning['code']>> = {
  follows_latest: 'latest_pinned',
  session_affinity: 'session_affinity',
  other_writer: 'other_writer',
};

/** What will surprise somebody, though the rollout goes on. */
export function planWarnings(
  have: Have | null,
  { stages, kind }: Pick<Plan, 'stages' | 'kind'>,
): Warning[] {
  const found = have ? diagnoseTraffic(have) : [];
  const known = found.flatMap(({ code, message, hint }): Warning[] => {
    const warning = FINDINGS[code];
    if (warning === undefined) return [];
    if (warning !== 'latest_pinned') return [{ code: warning, message, hint }];
    const pinned = `${message}; it is pinned first, and stays pinned`;
    return kind === 'shift' ? [{ code: warning, message: pinned }] : [];
  });
  return [
    ...known,
    ...(have ? [...warnOfState(have), ...warnOfTags(have)] : []),
    ...warnOfBlindness(stages),
  ];
}

function warnOfState({ state, message }: Have): Warning[] {
  if (state !== 'failed') return [];
  return [{ code: 'service_failed', message: `the service is failing now: ${message ?? ''}` }];
}

function warnOfTags({ traffic, ref }: Have): Warning[] {
  const isForeign = ({ revision, tag }: TrafficTarget) =>
    tag !== undefined && !isOwnTag(ref.service, revision ?? '', tag);
  const tags = traffic.filter(isForeign).map(({ tag }) => tag);
  if (tags.length === 0) return [];
  const message = `tags of others stay where they are: ${tags.join(', ')}`;
  return [{ code: 'foreign_tags', message }];
}

/** Steps at which the judge could not tell the worst release from the best. */
function warnOfBlindness(stages: readonly Stage[]): Warning[] {
  return stages.flatMap(({ step, detectable, durationMs }) => {
    if (detectable === null || step === null) return [];
    const { canaryRequests, errorsTimes, latencyTimes } = detectable;
    if (errorsTimes !== null || latencyTimes !== null) return [];
    const minutes = Math.round(durationMs / 6000) / 10;
    return {
      code: 'no_detection' as const,
      message: `step ${step + 1} would bring about ${Math.round(canaryRequests)} requests to the new revision in ${minutes} minutes: too few to find any fault with 80 % probability`,
      hint: 'Give the step more time or traffic, send load to the service, or ship with --skip-canary.',
    };
  });
}
