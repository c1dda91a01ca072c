import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bucket } from '@google-cloud/storage';
import type { BuildRequest } from '../../engine/rollout/builder.ts';
import type { Build } from '../../engine/service/rollout-spec.ts';
import { awaitBuild } from './await-build.ts';
import { repositoryOf } from './build-locally.ts';
import { readBuildFile } from './cloud-build-file.ts';
import { createBuildRequest } from './cloud-build-request.ts';
import type { CloudBuild, CreateBuildRequest, StoredSource } from './cloud-build-request.ts';
import type { CloudClients } from './cloud-clients.ts';
import { packSource } from './pack-source.ts';
import { buildFailed } from './run-step.ts';
import type { StepDeps } from './run-step.ts';
import { translateError } from './translate-error.ts';

export interface CloudRequest extends BuildRequest {
  readonly build: Extract<Build, { kind: 'cloud-build' }>;
}

export interface CloudBuildDeps extends StepDeps, CloudClients {
  readonly newId: () => string;
}

/** Uploads the source, builds it in Cloud Build, and gives the image that was pushed. */
export async function buildInCloud(request: CloudRequest, deps: CloudBuildDeps): Promise<string> {
  const { build, folder, image } = request;
  const declared = build.file === null ? null : await readBuildFile(deps.type, folder, build.file);
  try {
    const source = await uploadSource(request, deps);
    const begun = await begin(createBuildRequest(request, source, declared), deps);
    const built = await awaitBuild(begun, deps);
    return `${repositoryOf(image)}@${digestOf(built, image)}`;
  } catch (error) {
    throw translateError(error, request.project);
  }
}

async function uploadSource(request: CloudRequest, deps: CloudBuildDeps): Promise<StoredSource> {
  const { bucket, newId, onLine } = deps;
  const place = await mkdtemp(join(tmpdir(), 'rollout-source-'));
  try {
    const file = join(place, 'source.tgz');
    await packSource(join(request.folder, request.build.context), file, deps);
    await requireBucket(bucket, request.region);
    const object = `sources/${newId()}.tgz`;
    await bucket.upload(file, { destination: object, resumable: false });
    onLine(`The source is in gs://${bucket.name}/${object}`);
    return { bucket: bucket.name, object };
  } finally {
    await rm(place, { recursive: true });
  }
}

async function requireBucket(bucket: Bucket, location: string): Promise<void> {
  const [isThere] = await bucket.exists();
  if (!isThere) await bucket.create({ location });
}

/** The operation's metadata is the build as it was queued. */
async function begin(
  request: CreateBuildRequest,
  { client, onLine }: CloudBuildDeps,
): Promise<CloudBuild> {
  const [operation] = await client.createBuild(request, { timeout: 30_000, retry: null });
  const { build } = operation.metadata as { readonly build?: CloudBuild };
  if (!build?.id) throw buildFailed('Cloud Build took the build and gave it no id', []);
  onLine(`Cloud Build runs ${build.id}${build.logUrl ? `: ${build.logUrl}` : ''}`);
  return build;
}

function digestOf({ results }: CloudBuild, image: string): string {
  const images = results?.images ?? [];
  const digest = images.find(({ name }) => name === image)?.digest;
  if (digest) return digest;
  const names = images.map(({ name }) => name ?? '');
  throw buildFailed(`Cloud Build did not push ${image}; it pushed`, names, 'Push `$_IMAGE`.');
}
