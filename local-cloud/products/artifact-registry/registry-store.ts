import type { RecordChange, Records } from '../../control-plane/records.ts';
import type { Repository } from './repository.ts';

/** A pushed image: a version of its package. */
export interface KeptImage {
  /** `…/packages/app/versions/sha256:…` */
  readonly name: string;
  readonly repository: string;
  /** With slashes. */
  readonly image: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** RFC 3339. */
  readonly createTime: string;
  readonly updateTime: string;
}

/** google.devtools.artifactregistry.v1.Tag. */
export interface Tag {
  /** `…/packages/app/tags/v1` */
  readonly name: string;
  /** The name of the version. */
  readonly version: string;
}

export interface RegistryChange {
  readonly repository?: Repository;
  readonly image?: KeptImage;
  readonly tag?: Tag;
  /** Names of repositories, versions and tags that go. */
  readonly gone?: readonly string[];
}

const REPOSITORY = 'artifact.repository';
const IMAGE = 'artifact.image';
const TAG = 'artifact.tag';

/** Repositories, images and tags: in memory, and on disk before anybody sees a change. */
export class RegistryStore {
  readonly #records: Records;
  readonly #repositories: Map<string, Repository>;
  readonly #images: Map<string, KeptImage>;
  readonly #tags: Map<string, Tag>;

  constructor(records: Records) {
    this.#records = records;
    this.#repositories = byName(records.list<Repository>(REPOSITORY));
    this.#images = byName(records.list<KeptImage>(IMAGE));
    this.#tags = byName(records.list<Tag>(TAG));
  }

  repository(name: string): Repository | undefined {
    return this.#repositories.get(name);
  }

  repositories(): readonly Repository[] {
    return [...this.#repositories.values()];
  }

  image(name: string): KeptImage | undefined {
    return this.#images.get(name);
  }

  /** Of a repository or a package, by name, the newest last. */
  imagesBelow(parent: string): readonly KeptImage[] {
    const found = [...this.#images.values()].filter(({ name }) => name.startsWith(`${parent}/`));
    return found.toSorted((a, b) => (a.createTime < b.createTime ? -1 : 1));
  }

  tag(name: string): Tag | undefined {
    return this.#tags.get(name);
  }

  /** Of a repository or a package. */
  tagsBelow(parent: string): readonly Tag[] {
    const found = [...this.#tags.values()].filter(({ name }) => name.startsWith(`${parent}/`));
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** All of it or nothing. */
  write({ repository, image, tag, gone = [] }: RegistryChange): void {
    const changes: RecordChange[] = gone.flatMap((name) =>
      [REPOSITORY, IMAGE, TAG].map((kind) => ({ kind, name, value: null })),
    );
    if (repository) changes.push({ kind: REPOSITORY, name: repository.name, value: repository });
    if (image) changes.push({ kind: IMAGE, name: image.name, value: image });
    if (tag) changes.push({ kind: TAG, name: tag.name, value: tag });
    this.#records.write(changes);
    for (const name of gone) this.#forget(name);
    if (repository) this.#repositories.set(repository.name, repository);
    if (image) this.#images.set(image.name, image);
    if (tag) this.#tags.set(tag.name, tag);
  }

  #forget(name: string): void {
    for (const kept of [this.#repositories, this.#images, this.#tags]) kept.delete(name);
  }
}

function byName<T extends { readonly name: string }>(all: readonly T[]): Map<string, T> {
  return new Map(all.map((one) => [one.name, one]));
}
