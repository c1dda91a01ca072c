import type { Settings } from './settings.ts';

/** What an operator may switch, as it stands: shown by /health/detailed and `convergence doctor`. */
export interface Features {
  /** `/docs` and `/openapi.json`: API_DOCS. */
  readonly api_docs: boolean;
  /** A line for each request: ACCESS_LOG. */
  readonly access_log: boolean;
  /** Spans to a collector: OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly tracing: boolean;
  /** Sources may reach private addresses: ALLOW_PRIVATE_SOURCES. */
  readonly private_sources: boolean;
  /** Events may go to private addresses: ALLOW_PRIVATE_WEBHOOKS. */
  readonly private_webhooks: boolean;
  /** `dev` and workers start what is due: SCHEDULER. */
  readonly scheduler: boolean;
  /** Notices by mail: SMTP_URL. */
  readonly mail: boolean;
  /** Events to Pub/Sub: PUBSUB_TOPIC. */
  readonly event_topic: boolean;
  /** Secrets of tenants also from Google Secret Manager: GCP_SECRET_MANAGER. */
  readonly secret_manager: boolean;
}

type Switches = Pick<
  Settings,
  | 'ENVIRONMENT'
  | 'API_DOCS'
  | 'ACCESS_LOG'
  | 'OTEL_EXPORTER_OTLP_ENDPOINT'
  | 'ALLOW_PRIVATE_SOURCES'
  | 'ALLOW_PRIVATE_WEBHOOKS'
  | 'SCHEDULER'
  | 'SMTP_URL'
  | 'PUBSUB_TOPIC'
  | 'GCP_PROJECT_ID'
  | 'GCP_SECRET_MANAGER'
>;

/** Where a setting leaves it open, the environment decides. */
export function featuresOf(settings: Switches): Features {
  const { ENVIRONMENT, API_DOCS, ACCESS_LOG } = settings;
  const isOwnMachine = ENVIRONMENT === 'development';
  return {
    api_docs: API_DOCS ?? ENVIRONMENT !== 'production',
    access_log: ACCESS_LOG,
    tracing: settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    // On a developer's machine the sources of a tutorial are on the machine itself.
    private_sources: settings.ALLOW_PRIVATE_SOURCES ?? isOwnMachine,
    private_webhooks: settings.ALLOW_PRIVATE_WEBHOOKS ?? isOwnMachine,
    scheduler: settings.SCHEDULER,
    mail: settings.SMTP_URL !== undefined,
    event_topic: settings.PUBSUB_TOPIC !== undefined,
    secret_manager:
      settings.GCP_SECRET_MANAGER ?? (!isOwnMachine && settings.GCP_PROJECT_ID !== undefined),
  };
}
