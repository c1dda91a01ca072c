import type { protos, v1 } from '@google-cloud/cloudbuild';
import type { Bucket } from '@google-cloud/storage';
import type { Clock } from 'base/clock.ts';

export interface CloudOptions {
  /** Of Google's gRPC clients. */
  readonly grpcOptions: () => Promise<ConstructorParameters<typeof v1.CloudBuildClient>[0]>;
  /** Of Cloud Storage, asked without credentials; null: Cloud Storage itself. */
  readonly apiEndpoint: string | null;
  /** For sources and logs; null: `{project}-rollout`. */
  readonly bucket: string | null;
  readonly clock: Clock;
}

export interface CloudClients {
  readonly client: v1.CloudBuildClient;
  readonly type: typeof protos.google.devtools.cloudbuild.v1.Build;
  readonly bucket: Bucket;
  readonly clock: Clock;
}

/** Loads and opens what a build in the cloud needs. */
export async function openCloudClients(
  projectId: string,
  { grpcOptions, apiEndpoint, bucket, clock }: CloudOptions,
): Promise<CloudClients> {
  const [cloudbuild, { Storage }, options] = await Promise.all([
    import('@google-cloud/cloudbuild'),
    import('@google-cloud/storage'),
    grpcOptions(),
  ]);
  const storage = new Storage({ projectId, apiEndpoint: apiEndpoint ?? undefined });
  return {
    client: new cloudbuild.v1.CloudBuildClient(options),
    type: cloudbuild.protos.google.devtools.cloudbuild.v1.Build,
    bucket: storage.bucket(bucket ?? `${projectId}-rollout`),
    clock,
  };
}
