/** Where a Prometheus keeps requests and latencies of revisions. */
export interface MetricNames {
  /** A counter. */
  readonly requests: string;
  /** A classic histogram: the name that ends in `_bucket`. */
  readonly latencyBuckets: string;
  /** Milliseconds in one unit of `le`. */
  readonly latencyUnitMs: number;
  readonly labels: {
    readonly service: string;
    readonly revision: string;
    /** A status such as `503`, or a class such as `5xx`; what begins with 5 is an error. */
    readonly status: string;
  };
}

/** Names that are usual somewhere. */
export const METRIC_NAMES = {
  /** Cloud Run's metrics, as Cloud Monitoring offers them to PromQL. */
  cloudRun: {
    requests: 'run_googleapis_com:request_count',
    latencyBuckets: 'run_googleapis_com:request_latencies_bucket',
    latencyUnitMs: 1,
    labels: {
      service: 'service_name',
      revision: 'revision_name',
      status: 'response_code_class',
    },
  },
  /** Knative's queue proxy: https://knative.dev/docs/serving/observability/metrics/serving-metrics */
  knative: {
    requests: 'revision_app_request_count',
    latencyBuckets: 'revision_app_request_latencies_bucket',
    latencyUnitMs: 1,
    labels: {
      service: 'service_name',
      revision: 'revision_name',
      status: 'response_code_class',
    },
  },
  /** https://istio.io/latest/docs/reference/config/metrics */
  istio: {
    requests: 'istio_requests_total',
    latencyBuckets: 'istio_request_duration_milliseconds_bucket',
    latencyUnitMs: 1,
    labels: {
      service: 'destination_canonical_service',
      revision: 'destination_canonical_revision',
      status: 'response_code',
    },
  },
} as const satisfies Record<string, MetricNames>;
