import type { protos } from '@google-cloud/cloudbuild';
import type { BuildRequest } from '../../engine/rollout/builder.ts';

export type CloudBuild = protos.google.devtools.cloudbuild.v1.IBuild;
export type CreateBuildRequest = protos.google.devtools.cloudbuild.v1.ICreateBuildRequest;

/** An object in Cloud Storage. */
export interface StoredSource {
  readonly bucket: string;
  readonly object: string;
}

export const BUILD_TIMEOUT_SECONDS = 1800;

/**
 * A build of the source; `declared` is what a cloudbuild.yaml says, null builds the Dockerfile in
 * the source. A file of one's own gets the image as `$_IMAGE`, and must push it.
 */
export function createBuildRequest(
  { project, region, image }: BuildRequest,
  source: StoredSource,
  declared: CloudBuild | null,
): CreateBuildRequest {
  const build: CloudBuild = declared ?? { steps: [dockerStep(image)], images: [image] };
  return {
    parent: `projects/${project}/locations/${region}`,
    projectId: project,
    build: {
      timeout: { seconds: String(BUILD_TIMEOUT_SECONDS) },
      ...build,
      source: { storageSource: { bucket: source.bucket, object: source.object } },
      logsBucket: `gs://${source.bucket}/logs`,
      options: { ...build.options, logging: 'GCS_ONLY', ...(declared && LOOSE) },
      ...(declared && { substitutions: { ...build.substitutions, _IMAGE: image } }),
    },
  };
}

/** Else a file that does not use `$_IMAGE` would be refused. */
const LOOSE = { substitutionOption: 'ALLOW_LOOSE' } as const;

function dockerStep(image: string): protos.google.devtools.cloudbuild.v1.IBuildStep {
  return { name: 'gcr.io/cloud-builders/docker', args: ['build', '--tag', image, '.'] };
}
