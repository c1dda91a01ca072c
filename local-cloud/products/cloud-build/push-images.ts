import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StatusError } from '../../protocol/status-error.ts';
import { BuildFailure } from './resource/build.ts';

/** Keeps an image in Artifact Registry. */
export type PushImage = (image: { image: string; digest: string; sizeBytes: number }) => unknown;

export interface PushDeps {
  /** podman or docker. */
  readonly engine: string | null;
  readonly push: PushImage;
  readonly onLine: (line: string) => void;
}

/** google.devtools.cloudbuild.v1.BuiltImage. */
export interface BuiltImage {
  readonly name: string;
  readonly digest: string;
}

/**
 * Tells Artifact Registry of images that the steps made; those of other registries stay where they
 * are. @throws BuildFailure
 */
export async function pushImages(
  names: readonly string[],
  { engine, push, onLine }: PushDeps,
): Promise<readonly BuiltImage[]> {
  const images: BuiltImage[] = [];
  for (const name of names) {
    const { digest, sizeBytes } = await inspect(engine ?? 'docker', name);
    onLine(`Pushing ${name}`);
    if (name.split('/')[0]?.endsWith('-docker.pkg.dev'))
      tell(push, { image: name, digest, sizeBytes });
    onLine(`${name}: digest: ${digest} size: ${sizeBytes}`);
    images.push({ name, digest });
  }
  return images;
}

async function inspect(
  engine: string,
  name: string,
): Promise<{ digest: string; sizeBytes: number }> {
  try {
    const format = ['--format', '{{.Id}} {{.Size}}'];
    const { stdout } = await promisify(execFile)(engine, ['image', 'inspect', name, ...format]);
    const [id = '', size = '0'] = stdout.trim().split(' ');
    // podman's ids have no algorithm in front.
    return { digest: `sha256:${id.replace('sha256:', '')}`, sizeBytes: Number(size) };
  } catch {
    const detail = `failed to find one or more images after execution of build steps: ["${name}"]`;
    throw new BuildFailure('FAILURE', 'PUSH_IMAGE_NOT_FOUND', detail);
  }
}

function tell(push: PushImage, image: Parameters<PushImage>[0]): void {
  try {
    push(image);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw new BuildFailure(
      'FAILURE',
      'PUSH_FAILED',
      `failed to push ${image.image}: ${error.message}`,
    );
  }
}
