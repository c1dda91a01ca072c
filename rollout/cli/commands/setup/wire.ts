import { systemClock as clock } from 'base/clock.ts';
import type { SetupPlatform } from '../../../engine/setup/piece.ts';
import { findLocalCloud } from '../../input/find-local-cloud.ts';
import type { DeployTarget } from '../../input/target.ts';
import type { Invocation } from '../../invocation.ts';

/** What setup makes things on: local-cloud for the project `local`, else Google Cloud. */
export async function openSetup(
  { env }: Invocation,
  { ref, folder }: DeployTarget,
): Promise<SetupPlatform> {
  const { GoogleSetup } = await import('../../../adapters/google/setup/google-setup.ts');
  const local = ref.project === 'local' ? await findLocalCloud(folder, env) : null;
  return new GoogleSetup({ site: ref, endpoint: local?.rest ?? null, env, clock });
}
