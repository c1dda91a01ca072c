/** A call of the service by a timetable, as rollout.yaml says it. */
export interface ScheduledCall {
  /** Five fields of cron. */
  readonly schedule: string;
  /** IANA, such as `Europe/Berlin`. */
  readonly zone: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | { readonly secret: SecretVersion }>>;
  readonly body: string | null;
  /** Whose OIDC token is sent along. */
  readonly serviceAccount: string | null;
  /** Further tries after the first. */
  readonly retries: number;
  readonly backoff: { readonly fromMs: number; readonly toMs: number; readonly doublings: number };
  /** For one try. */
  readonly deadlineMs: number;
}

/** Of Secret Manager: a name, or one with its project; a number or `latest`. */
export interface SecretVersion {
  readonly secret: string;
  readonly version: string;
}
