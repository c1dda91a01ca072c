/** `shop-1` of `projects/p/locations/r/services/shop/revisions/shop-1`, and of itself. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** `projects/p/locations/r` of a name below it. */
export function locationOf(name: string): string {
  return name.split('/').slice(0, 4).join('/');
}

/** `projects/p/locations/r/services/shop` of a name below it. */
export function serviceOf(name: string): string {
  return name.split('/').slice(0, 6).join('/');
}

/** The data plane's key, `p/r/shop`, of a service's name. */
export function keyOf(serviceName: string): string {
  const [, project, , region, , service] = serviceName.split('/');
  return `${project}/${region}/${service}`;
}

export function revisionName(serviceName: string, revision: string): string {
  return `${serviceName}/revisions/${revision}`;
}
