import type { Have, TrafficTarget } from '../have.ts';
import { lockOf } from '../marks.ts';
import { isOwnTag } from '../revision/name-revision.ts';

export interface Finding {
  readonly code:
    | 'follows_latest'
    | 'pinned'
    | 'split'
    | 'tag_only'
    | 'not_in_force'
    | 'session_affinity'
    | 'other_writer';
  /** `note`: explains what is so; `warning`: will surprise somebody. */
  readonly level: 'note' | 'warning';
  readonly message: string;
  readonly hint?: string;
}

/** What Cloud Run writes as the client of a write that came from Rollout. */
const OUR_CLIENT = 'rollout';

/** What is particular about the traffic of a service, and what to do about it. Changes nothing. */
export function diagnoseTraffic(have: Have): Finding[] {
  return [
    ...explainLatest(have),
    ...explainTags(have),
    ...explainForce(have),
    ...explainAffinity(have),
    ...explainWriter(have),
  ];
}

function explainLatest({ traffic, ref }: Have): Finding[] {
  const serving = traffic.filter(({ percent }) => percent > 0);
  if (traffic.length === 0 || traffic.some(({ revision }) => revision === null)) {
    return [
      {
        code: 'follows_latest',
        level: 'warning',
        message: 'traffic follows LATEST: each new revision gets it at once',
        hint: `a rollout pins it first; by hand: gcloud run services update-traffic ${ref.service} --to-revisions=${latestNames(serving)} --region=${ref.region} --project=${ref.project}`,
      },
    ];
  }
  const names = serving.map(({ revision, percent }) => `${revision} ${percent} %`).join(', ');
  if (serving.length > 1) {
    const message = `traffic is split: ${names}`;
    const hint = '`rollout status` says whether a rollout is under way';
    return [{ code: 'split', level: 'note', message, hint }];
  }
  const message = `traffic is pinned to ${names}: a revision that is deployed by other means gets none`;
  return [{ code: 'pinned', level: 'note', message }];
}

function latestNames(serving: readonly TrafficTarget[]): string {
  const named = serving.filter(({ revision }) => revision !== null);
  const rest = 100 - named.reduce((sum, { percent }) => sum + percent, 0);
  return [
    ...named.map(({ revision, percent }) => `${revision}=${percent}`),
    `REVISION=${rest}`,
  ].join();
}

function explainTags({ traffic, ref }: Have): Finding[] {
  const only = traffic.filter(
    ({ revision, percent, tag }) =>
      percent === 0 && tag !== undefined && !isOwnTag(ref.service, revision ?? '', tag),
  );
  return only.map(({ revision, tag }) => ({
    code: 'tag_only',
    level: 'note',
    message: `the tag '${tag}' points to ${revision ?? 'LATEST'}, which gets no traffic by it: it is kept, and never returned to`,
  }));
}

function explainForce({ traffic, served, state, message }: Have): Finding[] {
  const inForce = (target: TrafficTarget) =>
    served.some(
      (one) =>
        one.percent === target.percent &&
        one.tag === target.tag &&
        (target.revision === null || one.revision === target.revision),
    );
  if (state === 'reconciling' || traffic.every(inForce)) return [];
  return [
    {
      code: 'not_in_force',
      level: 'warning',
      message: `the traffic that was asked for is not in force${message ? `: ${message}` : ''}`,
      hint: '`rollout rollback` moves it to a revision that works',
    },
  ];
}

function explainAffinity({ sessionAffinity, ref }: Have): Finding[] {
  if (!sessionAffinity) return [];
  return [
    {
      code: 'session_affinity',
      level: 'warning',
      message:
        'session affinity overrides the split: clients keep their revision, so that percentages are reached slowly and a rollback too',
      hint: `gcloud run services update ${ref.service} --no-session-affinity --region=${ref.region} --project=${ref.project}`,
    },
  ];
}

/** Only a service that we have written to can have been written to since. */
function explainWriter(have: Have): Finding[] {
  const { changedBy, traffic, ref } = have;
  const isOurs = traffic.some(
    ({ revision, tag }) => tag !== undefined && isOwnTag(ref.service, revision ?? '', tag),
  );
  if (changedBy.client === OUR_CLIENT || (!isOurs && lockOf(have) === null)) return [];
  return [
    {
      code: 'other_writer',
      level: 'warning',
      message: `${changedBy.who || 'somebody'} changed the service since our last write, with ${clientName(changedBy.client)} at ${changedBy.at}`,
      hint: hintFor(changedBy.client),
    },
  ];
}

function clientName(client: string): string {
  if (client === '') return 'a client that gives no name, as Terraform does';
  return client === 'cloud-console' ? 'the console' : client;
}

function hintFor(client: string): string {
  if (client === '' || /terraform/i.test(client)) {
    return 'so that Terraform leaves releases alone: lifecycle { ignore_changes = [template, traffic, annotations, client, client_version] } in google_cloud_run_v2_service';
  }
  return 'nothing of it is undone; `rollout plan` shows what the next rollout makes of it';
}
