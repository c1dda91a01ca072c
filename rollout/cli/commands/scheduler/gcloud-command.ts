import type { ServiceRef } from '../../../engine/plan/have.ts';
import type { JobChange } from '../../../engine/scheduler/plan-jobs.ts';
import type { ScheduledCall } from '../../../engine/service/scheduled-call.ts';
import { secretName } from '../../../engine/scheduler/want-jobs.ts';

/** What a person would type for a change; a secret is read by the command itself. */
export function gcloudCommand(
  { change, job }: JobChange,
  { headers: said }: ScheduledCall,
  ref: ServiceRef,
): string {
  const { retries, backoff, oidc, body } = job;
  const verb = change === 'create' ? 'create' : 'update';
  const headers = Object.entries(job.headers).map(([name, value]) => {
    const source = said[name] ?? value;
    return `${name}=${typeof source === 'string' ? source : accessCommand(source.secret, ref)}`;
  });
  const flags: [string, string][] = [
    ['project', ref.project],
    ['location', ref.region],
    ['schedule', job.schedule],
    ['time-zone', job.zone],
    ['uri', job.url],
    ['http-method', job.method.toLowerCase()],
    ['description', job.description],
    ['max-retry-attempts', String(retries)],
    ['max-retry-duration', '0s'],
    ['min-backoff', `${backoff.fromMs / 1000}s`],
    ['max-backoff', `${backoff.toMs / 1000}s`],
    ['max-doublings', String(backoff.doublings)],
    ['attempt-deadline', `${job.deadlineMs / 1000}s`],
  ];
  if (headers.length > 0)
    flags.push([verb === 'create' ? 'headers' : 'update-headers', headers.join(',')]);
  if (body !== null) flags.push(['message-body', body]);
  if (oidc) {
    flags.push(['oidc-service-account-email', oidc.serviceAccount]);
    flags.push(['oidc-token-audience', oidc.audience]);
  }
  const written = flags.map(([name, value]) => `--${name}=${quote(value)}`);
  return [`gcloud scheduler jobs ${verb} http ${job.name}`, ...written].join(' \\\n  ');
}

function accessCommand(secret: Parameters<typeof secretName>[0], ref: ServiceRef): string {
  const [, project = '', , name = '', , version = ''] = secretName(secret, ref).split('/');
  return `$(gcloud secrets versions access ${version} --secret=${name} --project=${project})`;
}

export function deleteCommand(name: string, { project, region }: ServiceRef): string {
  return `gcloud scheduler jobs delete ${name} --project=${project} --location=${region}`;
}

/** For a POSIX shell; within double quotes only where a command is to be run. */
function quote(value: string): string {
  if (/^[\w./:@=-]+$/.test(value)) return value;
  if (!value.includes('$(gcloud ')) return `'${value.replaceAll("'", `'\\''`)}'`;
  return `"${value.replaceAll(/["\\`]|\$(?!\(gcloud )/g, String.raw`\$&`)}"`;
}
