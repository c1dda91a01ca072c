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
}

type Switches = Pick<
  Settings,
  | 'ENVIRONMENT'
  | 'API_DOCS'
  | 'ACCESS_LOG'
  | 'OTEL_EXPORTER_OTLP_ENDPOINT'
  | 'ALLOW_PRIVATE_SOURCES'
>;

/** Where a setting leaves it open, the environment decides. */
export function featuresOf(settings: Switches): Features {
  const { ENVIRONMENT, API_DOCS, ACCESS_LOG, ALLOW_PRIVATE_SOURCES } = settings;
  return {
    api_docs: API_DOCS ?? ENVIRONMENT !== 'production',
    access_log: ACCESS_LOG,
    tracing: settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    // On a developer's machine the sources of a tutorial are on the machine itself.
    private_sources: ALLOW_PRIVATE_SOURCES ?? ENVIRONMENT === 'development',
  };
}
