import type { Build, Environment, ServiceSpec } from './rollout-spec.ts';

/** How the image is made. A process of local-cloud runs from the folder and needs none. */
export function buildFor(
  service: ServiceSpec,
  environment: Pick<Environment, 'project' | 'runtime'>,
): Build {
  const isProcess = environment.project === 'local' && environment.runtime.command.length > 0;
  return isProcess ? { kind: 'none' } : service.build;
}
