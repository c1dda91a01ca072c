import type { ServiceRef } from '../plan/have.ts';
import type { ScheduledCall, SecretVersion } from '../service/scheduled-call.ts';
import type { Job } from './job.ts';

/** What the calls need that rollout.yaml does not say. */
export interface Known {
  readonly ref: ServiceRef;
  /** Where the service answers, without a path. */
  readonly url: string;
  /** By full name of the version. */
  readonly secrets: ReadonlyMap<string, string>;
}

type Calls = Readonly<Record<string, ScheduledCall>>;

/** The jobs that the calls come to, in the order of rollout.yaml. */
export function wantJobs(calls: Calls, { ref, url, secrets }: Known): Job[] {
  return Object.entries(calls).map(([name, call]) => {
    const { path, headers, serviceAccount, body, ...rest } = call;
    const values = Object.entries(headers).map(([header, value]) => [
      header,
      typeof value === 'string' ? value : (secrets.get(secretName(value.secret, ref)) ?? ''),
    ]);
    return {
      ...rest,
      name: `${ref.service}-${name}`,
      description: ownMark(ref),
      url: `${url}${path}`,
      headers: withContentType(Object.fromEntries(values) as Job['headers'], body),
      body,
      oidc: serviceAccount === null ? null : { serviceAccount, audience: url },
    };
  });
}

/** By it a job of rollout.yaml is known again once it is no longer declared. */
export function ownMark({ service }: ServiceRef): string {
  return `Declared in rollout.yaml of ${service}`;
}

/** Full names of the versions that the calls need. */
export function secretNames(calls: Calls, ref: ServiceRef): string[] {
  const names = Object.values(calls)
    .flatMap(({ headers }) => Object.values(headers))
    .flatMap((value) => (typeof value === 'string' ? [] : secretName(value.secret, ref)));
  return [...new Set(names)];
}

export function secretName({ secret, version }: SecretVersion, { project }: ServiceRef): string {
  const full = secret.startsWith('projects/') ? secret : `projects/${project}/secrets/${secret}`;
  return `${full}/versions/${version}`;
}

/** Cloud Scheduler would send application/octet-stream. */
function withContentType(headers: Job['headers'], body: string | null): Job['headers'] {
  const isSaid = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return body === null || isSaid ? headers : { ...headers, 'Content-Type': 'application/json' };
}
