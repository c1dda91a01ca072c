import type { ServiceRef } from '../../engine/plan/have.ts';

export function locationName({ project, region }: Omit<ServiceRef, 'service'>): string {
  return `projects/${project}/locations/${region}`;
}

export function serviceName(ref: ServiceRef): string {
  return `${locationName(ref)}/services/${ref.service}`;
}

/** `shop-1` of `projects/p/locations/r/services/shop/revisions/shop-1`, and of itself. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
