import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

export interface RequestMeter {
  answered(request: AnsweredRequest): void;
}

export interface AnsweredRequest {
  readonly method: string;
  /** As it was declared: `/api/v1/tables/:name`. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createRequestMeter(registry: Registry): RequestMeter {
  const registers = [registry];
  const requests = new Counter({
    name: 'convergence_http_requests_total',
    help: 'Requests answered, by method, route as declared and class of status.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'convergence_http_request_duration_seconds',
    help: 'From the head of a request to the last byte of its answer.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers,
  });
  return {
    answered({ method, route, status, seconds }) {
      requests.inc({ method, route, status: `${Math.floor(status / 100)}xx` });
      durations.observe({ method, route }, seconds);
    },
  };
}
