import { createHash } from 'node:crypto';
import { StatusError } from '../../protocol/status-error.ts';
import { packageName, parseImageName } from './image-name.ts';
import type { RegistryStore } from './registry-store.ts';

/** An image that came to be somewhere else. */
export interface Push {
  /** `LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE[:TAG]` */
  readonly image: string;
  /** Made up from the name when absent: the same name, the same digest. */
  readonly digest?: string;
  readonly sizeBytes?: number;
  readonly mediaType?: string;
}

export interface Pushed {
  /** The version's name. */
  readonly name: string;
  readonly digest: string;
}

const MEDIA_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

/**
 * Keeps an image and moves its tag, `latest` by default, as a push does.
 * @throws INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION
 */
export function pushImage(store: RegistryStore, push: Push, at: string): Pushed {
  const parsed = parseImageName(push.image);
  if (!parsed)
    throw new StatusError('INVALID_ARGUMENT', `${push.image} is not kept in Artifact Registry`);
  const { repository, image } = parsed;
  const kept = store.repository(repository);
  if (!kept) throw new StatusError('NOT_FOUND', `Repository "${repository}" not found`);
  if (kept.format !== 'DOCKER')
    throw new StatusError('FAILED_PRECONDITION', `${repository} holds ${kept.format}, not images`);
  const digest = push.digest ?? parsed.digest ?? digestOf(push.image);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new StatusError('INVALID_ARGUMENT', `${digest} is not a digest such as sha256:4f…`);
  const parent = packageName(repository, image);
  const name = `${parent}/versions/${digest}`;
  const tag = parsed.tag ?? (parsed.digest === undefined ? 'latest' : undefined);
  const tagName = `${parent}/tags/${tag}`;
  const moved = store.tag(tagName);
  if (kept.dockerConfig?.immutableTags && moved && moved.version !== name)
    throw new StatusError('FAILED_PRECONDITION', `The tag ${tag} of ${image} is immutable.`);
  const { sizeBytes = 0, mediaType = MEDIA_TYPE } = push;
  const fresh = { name, repository, image, digest, mediaType, sizeBytes, createTime: at };
  store.write({
    image: { ...(store.image(name) ?? fresh), updateTime: at },
    ...(tag !== undefined && { tag: { name: tagName, version: name } }),
  });
  return { name, digest };
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
