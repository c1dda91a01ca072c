import { registryUri } from './image-name.ts';
import type { KeptImage, Tag } from './registry-store.ts';

/** google.devtools.artifactregistry.v1.DockerImage. */
export function renderDockerImage(kept: KeptImage, tags: readonly Tag[]): object {
  const { repository, image, digest, sizeBytes, mediaType, createTime, updateTime } = kept;
  const shown = tags.filter(({ version }) => version === kept.name).map(({ name }) => lastOf(name));
  return {
    name: `${repository}/dockerImages/${encodeURIComponent(image)}@${digest}`,
    uri: `${registryUri(repository)}/${image}@${digest}`,
    ...(shown.length > 0 && { tags: shown }),
    imageSizeBytes: String(sizeBytes),
    uploadTime: createTime,
    mediaType,
    buildTime: createTime,
    updateTime,
  };
}

/** google.devtools.artifactregistry.v1.Version; its tags only in the view FULL. */
export function renderVersion(kept: KeptImage, tags: readonly Tag[] | null): object {
  const { name, image, digest, sizeBytes, mediaType, createTime, updateTime } = kept;
  const relatedTags = tags?.filter(({ version }) => version === name) ?? [];
  return {
    name,
    createTime,
    updateTime,
    ...(relatedTags.length > 0 && { relatedTags }),
    metadata: {
      name: `${kept.repository}/dockerImages/${encodeURIComponent(image)}@${digest}`,
      imageSizeBytes: String(sizeBytes),
      mediaType,
      buildTime: createTime,
    },
  };
}

/** The packages of these images, which are the oldest first. */
export function renderPackages(images: readonly KeptImage[]): readonly PackageResource[] {
  const packages = new Map<string, PackageResource>();
  for (const { name: version, createTime, updateTime } of images) {
    const [name = ''] = version.split('/versions/');
    const before = packages.get(name);
    const newest = before && before.updateTime > updateTime ? before.updateTime : updateTime;
    const times = { createTime: before?.createTime ?? createTime, updateTime: newest };
    packages.set(name, { name, ...times });
  }
  return [...packages.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

interface PackageResource {
  readonly name: string;
  readonly createTime: string;
  readonly updateTime: string;
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
