import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../engine/error-codes.ts';
import type { BuildRequest } from '../../engine/rollout/builder.ts';
import type { Build } from '../../engine/service/rollout-spec.ts';
import { buildFailed, runStep } from './run-step.ts';
import type { StepDeps } from './run-step.ts';

export interface DockerfileRequest extends BuildRequest {
  readonly build: Extract<Build, { kind: 'dockerfile' }>;
}

type Program = 'docker' | 'podman';

const DIGEST = /sha256:[0-9a-f]{64}/;

/**
 * Builds with docker or podman and pushes. For local-cloud nothing is pushed: this machine has the
 * image, and its id is as fixed as a digest.
 */
export async function buildLocally(request: DockerfileRequest, deps: StepDeps): Promise<string> {
  const { folder, image, project } = request;
  const program = await findProgram(folder, deps);
  await runStep({ program, args: buildArgs(request), folder }, deps);
  if (project === 'local') {
    const args = ['image', 'inspect', '--format', '{{.Id}}', image];
    return (await runStep({ program, args, folder }, deps)).at(-1) ?? image;
  }
  return `${repositoryOf(image)}@${await push(program, request, deps)}`;
}

/** Gives the digest. Docker tells it with its last line, podman writes it to a file. */
async function push(
  program: Program,
  { folder, image }: DockerfileRequest,
  deps: StepDeps,
): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'rollout-push-'));
  try {
    const file = join(place, 'digest');
    const digestFile = program === 'podman' ? ['--digestfile', file] : [];
    const lines = await runStep({ program, args: ['push', ...digestFile, image], folder }, deps);
    const told = program === 'podman' ? [await readFile(file, 'utf8')] : lines;
    const digest = told.map((line) => DIGEST.exec(line)?.[0]).findLast(Boolean);
    if (digest) return digest;
    throw buildFailed(`\`${program} push\` told no digest`, lines);
  } finally {
    await rm(place, { recursive: true });
  }
}

/** A docker without its daemon is as good as none. */
async function findProgram(folder: string, { run, signal }: StepDeps): Promise<Program> {
  for (const program of ['docker', 'podman'] as const) {
    const quiet = { onLine: () => undefined, signal };
    const { exitCode } = await run({ program, args: ['info'], folder }, quiet);
    if (exitCode === 0) return program;
  }
  throw fail('builder_missing', 'Neither docker nor podman runs on this machine', {
    hint: 'Start one, or build in Cloud Build with --cloud-build, or ship an image that is there with --skip-build --image-tag TAG.',
  });
}

function buildArgs({ build, image }: DockerfileRequest): string[] {
  const args = Object.entries(build.args).flatMap(([name, value]) => [
    '--build-arg',
    `${name}=${value}`,
  ]);
  return ['build', '--file', build.file, '--tag', image, ...args, build.context];
}

/** Without tag and digest; a registry may have a port. */
export function repositoryOf(image: string): string {
  return image.replace(/(@[^@/]*|:[^:/]*)$/, '');
}
