import type { JournalEntry, JournalPlace } from '../../apply/journal-store.ts';
import { Ledger } from '../../apply/ledger.ts';
import type { NewEntry } from '../../apply/ledger.ts';
import { readPatiently } from '../../apply/read-patiently.ts';
import { fail } from '../../error-codes.ts';
import type { Have } from '../../plan/have.ts';
import type { Action, Decision } from '../decide/action.ts';
import { nextStep } from '../decide/next-step.ts';
import { parseEntry } from '../entry.ts';
import { OWNER_ALIVE_MS } from '../fold/facts.ts';
import type { Facts } from '../fold/facts.ts';
import { takeEntry } from '../fold/take-entry.ts';
import type { RolloutDeps } from '../rollout-deps.ts';
import { isOwnerAlive, stateOf } from '../rollout-state.ts';

/** What there is may be this old while nothing is to be done; a write is decided on a new read. */
const HAVE_AGE_MS = 5000;
const BEAT_MS = OWNER_ALIVE_MS / 3;

/** A rollout in the hands of one runner, until another takes it over. */
export class OpenRollout {
  readonly deps: RolloutDeps;
  readonly signal: AbortSignal;
  readonly ledger: Ledger;
  /** How long after its end a tick is complete; known once the source of metrics was asked. */
  delayMs = 0;
  readonly #runner: string;
  #facts: Facts | null = null;
  #isOurs = false;
  #have: { readonly value: Have | null; readonly atMs: number } | null = null;

  constructor(place: JournalPlace, deps: RolloutDeps, signal: AbortSignal) {
    this.deps = deps;
    this.signal = signal;
    this.#runner = deps.newId();
    const take = (entry: JournalEntry): void => this.#take(entry);
    this.ledger = new Ledger(place, { journal: deps.journal, clock: deps.clock, take });
  }

  get facts(): Facts {
    if (this.#facts !== null) return this.#facts;
    const { rolloutId, ref } = this.ledger.place;
    throw fail('rollout_absent', `${ref.service} has no rollout ${rolloutId}.`, {
      hint: '`rollout history` lists those that there are.',
    });
  }

  /** Becomes the owner. @throws rollout_owned, rollout_absent */
  async own(): Promise<void> {
    const { clock, who, takeOver } = this.deps;
    await this.ledger.readOn();
    while (!this.#isOurs && this.facts.outcome === null) {
      const { owner } = this.facts;
      if (owner !== null && isOwnerAlive(this.facts, clock.now()) && takeOver !== true) {
        throw fail('rollout_owned', `${owner.who} runs this rollout since ${owner.since}.`, {
          hint: `It counts as dead after ${owner.aliveUntil}; \`rollout resume\` takes it over now.`,
        });
      }
      const at = clock.now().toISOString();
      this.#isOurs = await this.ledger.decide({ kind: 'owned', at, runner: this.#runner, who });
    }
  }

  /** Reads what others wrote and shows that we live. */
  async readOn(): Promise<void> {
    await this.ledger.readOn();
    const { owner, outcome } = this.facts;
    const nowMs = this.deps.clock.now().getTime();
    const lastMs = owner === null ? nowMs : Date.parse(owner.aliveUntil) - OWNER_ALIVE_MS;
    if (outcome === null && nowMs - lastMs >= BEAT_MS) {
      await this.record({ kind: 'alive', runner: this.#runner });
    }
  }

  /** Lets another runner go on at once. */
  async release(): Promise<void> {
    if (this.#isOurs) await this.record({ kind: 'released', runner: this.#runner });
  }

  /** What to do next, decided on a new read of the platform unless it is only to wait. */
  async decide(): Promise<Action> {
    const { have, isNew } = await this.#recall();
    const action = this.#nextStep(have);
    if (isNew || action.do === 'wait' || action.do === 'observe') return action;
    return this.#nextStep(await this.#read());
  }

  /** False when somebody else wrote first. */
  write(decision: Decision): Promise<boolean> {
    return this.ledger.decide(this.#stamp(decision));
  }

  record(fact: Decision): Promise<void> {
    return this.ledger.record(this.#stamp(fact));
  }

  forgetHave(): void {
    this.#have = null;
  }

  #stamp(decision: Decision): NewEntry {
    return { ...decision, at: this.deps.clock.now().toISOString() };
  }

  #nextStep(have: Have | null): Action {
    const { facts, delayMs } = this;
    return nextStep({ facts, have, now: this.deps.clock.now(), delayMs });
  }

  async #recall(): Promise<{ have: Have | null; isNew: boolean }> {
    const nowMs = this.deps.clock.now().getTime();
    const known = this.#have;
    if (known !== null && nowMs - known.atMs < HAVE_AGE_MS) {
      return { have: known.value, isNew: false };
    }
    return { have: await this.#read(), isNew: true };
  }

  async #read(): Promise<Have | null> {
    const { platform, clock } = this.deps;
    const value = await readPatiently(this.ledger.place.ref, {
      platform,
      clock,
      signal: this.signal,
    });
    this.#have = { value, atMs: clock.now().getTime() };
    return value;
  }

  #take(stored: JournalEntry): void {
    const entry = parseEntry(stored);
    this.#facts = takeEntry(this.#facts, entry);
    if (this.#isOurs && entry.kind === 'owned' && entry.runner !== this.#runner) {
      throw fail('rollout_taken', `${entry.who} took this rollout over at ${entry.at}.`, {
        hint: '`rollout watch` shows how it goes on.',
      });
    }
    this.deps.onChange?.(stateOf(this.#facts), entry);
  }
}
