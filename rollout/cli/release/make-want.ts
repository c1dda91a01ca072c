import type { Want } from '../../engine/plan/plan.ts';
import type { BeginRequest } from '../../engine/rollout/begin-rollout.ts';
import { buildFor } from '../../engine/service/build-for.ts';
import type { Build } from '../../engine/service/rollout-spec.ts';
import type { Checkout } from './read-checkout.ts';
import type { DeployTarget } from '../input/target.ts';

/** The options of `deploy` and `plan` that say what is shipped, and how. */
export interface DeployOptions {
  readonly imageTag?: string;
  readonly skipBuild?: boolean;
  readonly skipTests?: boolean;
  readonly skipCanary?: boolean;
  readonly cloudBuild?: boolean;
  readonly overrideQuarantine?: boolean;
}

/** Who ships, when, under which id. */
export interface Occasion extends Checkout {
  readonly rolloutId: string;
  readonly who: string;
  readonly at: Date;
}

/** What is asked for, from rollout.yaml, the options and the moment. */
export function makeWant(
  target: DeployTarget,
  options: DeployOptions,
  { rolloutId, who, at, commit, branch }: Occasion,
): Want {
  const { service, environment } = target;
  const suffix = suffixOf(at);
  const version = options.imageTag ?? commit?.slice(0, 7);
  const tag = options.imageTag ?? defaultTag(target, options, { version, suffix });
  return {
    service,
    environment,
    rolloutId,
    who,
    at,
    image: tag ? `${environment.image}:${tag}` : environment.image,
    suffix: (version ? `${version}-${suffix}` : suffix).toLowerCase(),
    commit,
    branch,
    skipCanary: options.skipCanary ?? false,
    skipTests: options.skipTests ?? false,
    overrideQuarantine: options.overrideQuarantine ?? false,
  };
}

/** Null: the image is taken as rollout.yaml names it. */
function defaultTag(
  target: DeployTarget,
  options: DeployOptions,
  { version, suffix }: { readonly version: string | undefined; readonly suffix: string },
): string | null {
  if (chooseBuild(target, options).kind !== 'none') return version ?? suffix;
  // A process of this machine has no image: a name of its own tells its releases apart.
  const { project, runtime } = target.environment;
  return project === 'local' && runtime.command.length > 0 ? suffix : null;
}

/** Five letters and digits that rise with time and repeat after two years. */
function suffixOf(at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000);
  return (seconds % 36 ** 5).toString(36).padStart(5, '0');
}

/** Null when the image is there already, or none is needed: a command of this machine. */
export function makeBuild(
  target: Pick<DeployTarget, 'service' | 'environment'>,
  options: DeployOptions,
  image: string,
): BeginRequest['build'] {
  const build = chooseBuild(target, options);
  const { project, region } = target.environment;
  return build.kind === 'none' ? null : { build, image, project, region };
}

function chooseBuild(
  { service, environment }: Pick<DeployTarget, 'service' | 'environment'>,
  { skipBuild, cloudBuild }: DeployOptions,
): Build {
  const build = buildFor(service, environment);
  if (skipBuild) return { kind: 'none' };
  if (!cloudBuild || build.kind === 'cloud-build') return build;
  return { kind: 'cloud-build', file: null, context: 'context' in build ? build.context : '.' };
}
