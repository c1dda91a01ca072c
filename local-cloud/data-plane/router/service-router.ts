import { inspect } from 'node:util';
import type { CounterBook } from '../counter/counter-book.ts';
import type { DesiredService } from '../data-plane.ts';
import type { RevisionFleet } from '../process/revision-fleet.ts';
import { Door } from './door.ts';
import type { DoorListeners } from './door.ts';
import { pickRevision } from './pick-revision.ts';
import { serveRequest } from './serve-request.ts';
import { passUpgrade } from './pass-upgrade.ts';

/** The name of the door of the service itself, beside those of its tags. */
export const MAIN_DOOR = '';

type Traffic = DesiredService['traffic'];

/** The doors of a service, and which revision a request at each goes to. */
export class ServiceRouter {
  readonly #doors = new Map<string, Door>();
  readonly #counters: CounterBook;
  #traffic: Traffic = [];
  #fleets: ReadonlyMap<string, RevisionFleet> = new Map();

  constructor(counters: CounterBook) {
    this.#counters = counters;
  }

  /** Opens the doors that are missing, at the ports they had; returns the ports of all. */
  async openDoors(
    names: readonly string[],
    ports: Readonly<Record<string, number>>,
  ): Promise<Record<string, number>> {
    for (const name of names) {
      if (this.#doors.has(name)) continue;
      this.#doors.set(name, await Door.open(ports[name], this.#listenersOf(name)));
    }
    return Object.fromEntries([...this.#doors].map(([name, { port }]) => [name, port]));
  }

  /** From now on: requests that came before keep the revision that was drawn for them. */
  route(traffic: Traffic, fleets: ReadonlyMap<string, RevisionFleet>): void {
    this.#traffic = traffic;
    this.#fleets = fleets;
  }

  closeDoorsExcept(names: readonly string[]): void {
    for (const [name, door] of this.#doors) {
      if (names.includes(name)) continue;
      door.close();
      this.#doors.delete(name);
    }
  }

  url(name: string): string | undefined {
    return this.#doors.get(name)?.url;
  }

  #listenersOf(name: string): DoorListeners {
    const pick = () => this.#pick(name);
    const deps = { pick, counters: this.#counters, random: Math.random };
    return {
      request: (request, response) => {
        // One request that we fail on must not take the others with it.
        serveRequest(request, response, deps).catch((error: unknown) => {
          process.stderr.write(`${request.method} ${request.url}: ${inspect(error)}\n`);
          response.destroy();
        });
      },
      upgrade: (request, socket, head) => void passUpgrade({ request, socket, head }, pick),
    };
  }

  #pick(door: string): RevisionFleet | undefined {
    const revision =
      door === MAIN_DOOR
        ? pickRevision(this.#traffic, Math.random())
        : this.#traffic.find(({ tag }) => tag === door)?.revision;
    return revision === undefined ? undefined : this.#fleets.get(revision);
  }
}
