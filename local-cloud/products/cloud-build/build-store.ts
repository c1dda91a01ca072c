import type { Records } from '../../control-plane/records.ts';
import type { Fields } from '../../protocol/apply-paths.ts';
import { isEnded } from './resource/build.ts';
import type { Build } from './resource/build.ts';

const KIND = 'build';
const ASKED = 'build.asked';
const MAX_ENDED = 1000;

/** What a caller sent, for another try. */
export interface AskedBuild {
  readonly id: string;
  readonly sent: Fields;
}

/** Builds: in memory, and on disk before anybody sees a change. */
export class BuildStore {
  readonly #records: Records;
  readonly #builds: Map<string, Build>;
  readonly #asked: Map<string, AskedBuild>;
  readonly #watchers = new Set<(build: Build) => void>();

  constructor(records: Records) {
    this.#records = records;
    const builds = records
      .list<Build>(KIND)
      .toSorted((a, b) => (a.createTime < b.createTime ? -1 : 1));
    this.#builds = new Map(builds.map((build) => [build.id, build]));
    this.#asked = new Map(records.list<AskedBuild>(ASKED).map((asked) => [asked.id, asked]));
  }

  get(id: string): Build | undefined {
    return this.#builds.get(id);
  }

  /** The oldest first. */
  list(): readonly Build[] {
    return [...this.#builds.values()];
  }

  asked(id: string): Fields {
    return this.#asked.get(id)?.sent ?? {};
  }

  add(build: Build, sent: Fields): void {
    const { id } = build;
    const asked = { id, sent };
    this.#records.write([
      { kind: KIND, name: id, value: build },
      { kind: ASKED, name: id, value: asked },
    ]);
    this.#asked.set(id, asked);
    this.#builds.set(id, build);
    const ended = this.list().filter(isEnded);
    for (const { id } of ended.slice(0, -MAX_ENDED)) this.#forget(id);
  }

  /** Changes a build unless it has ended, and tells whether it did. */
  change(id: string, change: (build: Build) => Partial<Build>): boolean {
    const build = this.#builds.get(id);
    if (!build || isEnded(build)) return false;
    const changed = { ...build, ...change(build) };
    this.#records.write([{ kind: KIND, name: id, value: changed }]);
    this.#builds.set(id, changed);
    for (const watcher of this.#watchers) watcher(changed);
    return true;
  }

  /** Resolves when the build has ended or the signal is aborted. */
  async waitForEnd(id: string, signal: AbortSignal): Promise<void> {
    const build = this.#builds.get(id);
    if (!build || isEnded(build) || signal.aborted) return;
    const ended = Promise.withResolvers<void>();
    const watcher = (one: Build): void => {
      if (one.id === id && isEnded(one)) ended.resolve();
    };
    this.#watchers.add(watcher);
    signal.addEventListener('abort', () => ended.resolve(), { once: true });
    await ended.promise;
    this.#watchers.delete(watcher);
  }

  #forget(id: string): void {
    this.#records.write([KIND, ASKED].map((kind) => ({ kind, name: id, value: null })));
    this.#builds.delete(id);
    this.#asked.delete(id);
  }
}
