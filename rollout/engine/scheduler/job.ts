import type { ServiceRef } from '../plan/have.ts';

/** A job of Cloud Scheduler that calls a URL, with nothing left open. */
export interface Job {
  /** Its id in the project and region. */
  readonly name: string;
  readonly description: string;
  readonly schedule: string;
  readonly zone: string;
  readonly url: string;
  readonly method: string;
  /** Values of secrets among them: never shown. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly oidc: { readonly serviceAccount: string; readonly audience: string } | null;
  readonly retries: number;
  readonly backoff: { readonly fromMs: number; readonly toMs: number; readonly doublings: number };
  readonly deadlineMs: number;
}

/** A job as it is there; `isPaused` is left to whoever paused it. */
export interface FoundJob {
  readonly job: Job;
  readonly isPaused: boolean;
}

/** Port: the jobs of a project in a region. */
export interface Scheduler {
  /** @throws platform_denied, platform_unreachable */
  listJobs(place: Pick<ServiceRef, 'project' | 'region'>): Promise<readonly FoundJob[]>;
  /** @throws effect_refused, platform_denied, platform_unreachable */
  createJob(place: Pick<ServiceRef, 'project' | 'region'>, job: Job): Promise<void>;
  /** Everything of it but whether it is paused. @throws as createJob */
  updateJob(place: Pick<ServiceRef, 'project' | 'region'>, job: Job): Promise<void>;
  close(): Promise<void>;
}

/** Port: what is only known to Secret Manager. */
export interface SecretReader {
  /** Of `projects/…/secrets/…/versions/…`. @throws secret_absent, platform_denied, platform_unreachable */
  readSecret(version: string): Promise<string>;
}
