import type { Have } from '../have.ts';

const MAX_NAME = 63;
/** Of tag and service together: they are one label of the tag's address. */
const MAX_TAG_WITH_SERVICE = 46;

/** `<service>-<suffix>` as Cloud Run takes it, and unlike all there are. */
export function nameRevision(
  service: string,
  suffix: string,
  have: Pick<Have, 'revisions' | 'traffic'> | null,
): string {
  const taken = new Set([
    ...(have?.revisions.map(({ name }) => name) ?? []),
    ...(have?.traffic.map(({ revision }) => revision) ?? []),
  ]);
  const room = MAX_NAME - service.length - 1;
  return unlike(taken, (count) => `${service}-${fit(suffix, room - count.length)}${count}`);
}

/** The tag under which a revision of ours is proved and kept. */
export function nameTag(
  service: string,
  revision: string,
  have: Pick<Have, 'traffic'> | null,
): string {
  const taken = new Set(have?.traffic.map(({ tag }) => tag));
  return unlike(taken, (count) => tagFor(service, revision, count));
}

/** Whether a tag is one that we gave to the revision, so that we may take it away. */
export function isOwnTag(service: string, revision: string, tag: string): boolean {
  const [, count = ''] = /(-\d{1,3})?$/.exec(tag) ?? [];
  return tag === tagFor(service, revision, '') || tag === tagFor(service, revision, count);
}

function tagFor(service: string, revision: string, count: string): string {
  const suffix = revision.startsWith(`${service}-`) ? revision.slice(service.length + 1) : revision;
  const room = MAX_TAG_WITH_SERVICE - service.length - 'v-'.length - count.length;
  return `v-${fit(suffix, room)}${count}`;
}

/** The first that is not taken of the name itself, `-2`, `-3`. */
function unlike(taken: ReadonlySet<string | undefined | null>, name: (count: string) => string) {
  for (let count = 1; ; count++) {
    const candidate = name(count === 1 ? '' : `-${count}`);
    if (!taken.has(candidate)) return candidate;
  }
}

/** Its end, where a suffix has what makes it unique. */
function fit(suffix: string, room: number): string {
  const clean = suffix.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return clean.slice(-room).replaceAll(/^-+|-+$/g, '') || 'r';
}
