import { StatusError } from '../../../protocol/status-error.ts';
import type { Fields } from '../../../protocol/apply-paths.ts';
import type { Build, BuildStep } from './build.ts';
import { stepTitle } from './build.ts';
import { builders, chooseProgram } from '../step/choose-program.ts';
import { stepsBefore } from '../step/steps-before.ts';
import { substitute } from '../step/substitute.ts';

export interface Making {
  /** `projects/p/locations/r` */
  readonly parent: string;
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  /** Where objects of Cloud Storage can be read, such as `http://127.0.0.1:PORT`. */
  readonly storageUrl: string;
  readonly hasProgram: (program: string) => boolean;
}

// As the comments of google/devtools/cloudbuild/v1/cloudbuild.proto say.
const TIMEOUT = '600s';
const QUEUE_TTL = '3600s';
const MAX_STEPS = 300;
const UNMODELLED = ['artifacts', 'availableSecrets', 'secrets', 'dependencies', 'gitConfig'];
const UNMODELLED_OF_STEPS = ['secretEnv', 'volumes'];

/**
 * A build that is queued, of what a caller sent.
 * @throws INVALID_ARGUMENT, and UNIMPLEMENTED for what would run otherwise than it is asked for
 */
export function makeBuild(sent: Fields, making: Making): Build {
  const { parent, id, at, storageUrl } = making;
  const projectId = parent.split('/')[1] ?? '';
  const asked = {
    timeout: TIMEOUT,
    queueTtl: QUEUE_TTL,
    logsBucket: `gs://${projectId}.cloudbuild-logs.googleusercontent.com`,
    steps: [],
    ...sent,
    name: `${parent}/builds/${id}`,
    id,
    projectId,
    status: 'QUEUED',
    createTime: at,
  } as const;
  refuseBadSteps(asked.steps);
  refuseUnmodelled(asked);
  const build = substitute(asked);
  stepsBefore(build.steps);
  refuseBuilders(build, making.hasProgram);
  const { bucket, object } = logPlace(build);
  const logUrl = `${storageUrl}/storage/v1/b/${bucket}/o/${encodeURIComponent(object)}?alt=media`;
  return { ...build, logUrl };
}

/** Of the object with a build's log. */
export function logPlace({ logsBucket, id }: Build): { bucket: string; object: string } {
  const [bucket = '', ...folder] = logsBucket
    .replace(/^gs:\/\//, '')
    .split('/')
    .filter(Boolean);
  return { bucket, object: [...folder, `log-${id}.txt`].join('/') };
}

function refuseBadSteps(steps: readonly BuildStep[]): void {
  if (steps.length === 0 || steps.length > MAX_STEPS)
    throw invalid(`it has ${steps.length} build steps: expected 1 to ${MAX_STEPS}`);
  for (const [index, { name, script, args, entrypoint }] of steps.entries()) {
    if (!name) throw invalid(`build step ${index} must have a builder name`);
    if (script !== undefined && (args !== undefined || entrypoint !== undefined))
      throw invalid(`build step ${index} has a script beside args or an entrypoint`);
  }
}

function refuseUnmodelled({ source, steps, options, ...build }: Build): void {
  const missing = [
    ...UNMODELLED.filter((field) => build[field] !== undefined),
    ...Object.keys(source ?? {}).filter((kind) => kind !== 'storageSource'),
    ...UNMODELLED_OF_STEPS.filter((field) => steps.some((step) => step[field] !== undefined)),
    ...[...UNMODELLED_OF_STEPS, 'pool', 'workerPool'].filter(
      (field) => options?.[field] !== undefined,
    ),
  ];
  if (missing.length === 0) return;
  throw new StatusError(
    'UNIMPLEMENTED',
    `local-cloud does not model ${missing.join(', ')} of builds`,
  );
}

function refuseBuilders({ steps, images = [] }: Build, hasProgram: Making['hasProgram']): void {
  const strange = steps.findIndex(
    (step) => step.script === undefined && chooseProgram(step, hasProgram) === null,
  );
  const step = steps[strange];
  if (step !== undefined) {
    const asked = step.entrypoint === undefined ? '' : ` with the entrypoint ${step.entrypoint}`;
    throw new StatusError(
      'UNIMPLEMENTED',
      `local-cloud runs steps as programs of this machine, and has none for ${stepTitle(step, strange)}${asked}. It knows the builders ${builders.join(', ')}, as far as their programs are installed.`,
    );
  }
  if (images.length > 0 && !hasProgram('docker'))
    throw new StatusError(
      'UNIMPLEMENTED',
      `local-cloud pushes images only where podman or docker answers, and neither does here: ${images.join(', ')}`,
    );
}

function invalid(why: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', `invalid build: ${why}`);
}
