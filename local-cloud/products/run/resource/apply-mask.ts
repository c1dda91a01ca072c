import { applyPaths } from '../../../protocol/apply-paths.ts';
import type { Fields } from '../../../protocol/apply-paths.ts';
import type { WantedService } from './check-wanted.ts';

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

/** The stored service with the masked fields of the sent one; without a mask the sent one. */
export function applyMask(stored: Fields, sent: Fields, mask: string | undefined): WantedService {
  return pickWanted(applyPaths(pickWanted(stored), pickWanted(sent), mask));
}
