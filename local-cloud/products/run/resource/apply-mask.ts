import type { WantedService } from './check-wanted.ts';

interface Fields {
  readonly [field: string]: unknown;
}

/** The fields of a service that belong to its users. */
const WANTED = [
  'description',
  'labels',
  'annotations',
  'client',
  'clientVersion',
  'ingress',
  'launchStage',
  'binaryAuthorization',
  'template',
  'traffic',
  'scaling',
  'invokerIamDisabled',
  'defaultUriDisabled',
  'iapEnabled',
  'multiRegionSettings',
  'customAudiences',
  'buildConfig',
];

export function pickWanted(service: Fields): WantedService {
  const entries = WANTED.flatMap((field) =>
    service[field] === undefined ? [] : [[field, service[field]]],
  );
  return Object.fromEntries(entries) as WantedService;
}

/**
 * The stored service with the masked fields of the sent one; without a mask, or with `*`, the sent
 * one as it is. What is masked and not sent is taken away.
 */
export function applyMask(stored: Fields, sent: Fields, mask: string | undefined): WantedService {
  const paths = (mask ?? '').split(',').filter((path) => path !== '');
  if (paths.length === 0 || paths.includes('*')) return pickWanted(sent);
  const masked = paths.reduce<Fields>(
    (service, path) => copyPath(service, sent, path.split('.')),
    pickWanted(stored),
  );
  return pickWanted(masked);
}

function copyPath(into: Fields, from: Fields, [first = '', ...rest]: readonly string[]): Fields {
  const { [first]: old, ...others } = into;
  const sent = from[first];
  const value = rest.length === 0 ? sent : copyPath(asFields(old), asFields(sent), rest);
  return value === undefined ? others : { ...others, [first]: value };
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}
