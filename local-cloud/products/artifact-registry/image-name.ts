import { StatusError } from '../../protocol/status-error.ts';

/** Where an image is kept: `LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/PACKAGE[:TAG][@DIGEST]`. */
export interface ImageName {
  /** `projects/p/locations/r/repositories/x` */
  readonly repository: string;
  /** With slashes, such as `team/app`. */
  readonly image: string;
  readonly tag?: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string;
}

const HOST = /^([a-z0-9-]+)-docker\.pkg\.dev$/;
// Names, tags and digests: https://github.com/distribution/reference.
const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REST = new RegExp(
  `^(${PART}(?:/${PART})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);

/** Null: it is kept elsewhere than in Artifact Registry. @throws INVALID_ARGUMENT */
export function parseImageName(name: string): ImageName | null {
  const [host = '', project, repository, ...below] = name.split('/');
  const location = HOST.exec(host)?.[1];
  if (location === undefined) return null;
  const [, image, tag, digest] = REST.exec(below.join('/')) ?? [];
  if (!project || !repository || image === undefined)
    throw new StatusError(
      'INVALID_ARGUMENT',
      `${name} is not LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE with :TAG, @sha256:DIGEST, both or none`,
    );
  return {
    repository: `projects/${project}/locations/${location}/repositories/${repository}`,
    image,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** `europe-docker.pkg.dev/p/x` of a repository's name. */
export function registryUri(repository: string): string {
  const [, project, , location, , id] = repository.split('/');
  return `${location}-docker.pkg.dev/${project}/${id}`;
}

/** The name of a package, which is one segment however many slashes the image has. */
export function packageName(repository: string, image: string): string {
  return `${repository}/packages/${encodeURIComponent(image)}`;
}
