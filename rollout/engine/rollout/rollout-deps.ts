import type { Clock } from 'base/clock.ts';
import type { NextId } from 'base/id.ts';
import type { JournalStore } from '../apply/journal-store.ts';
import type { Platform } from '../apply/platform.ts';
import type { TickSource } from '../judge/tick-source.ts';
import type { Builder } from './builder.ts';
import type { Entry } from './entry.ts';
import type { Prober } from './prober.ts';
import type { RolloutState } from './rollout-state.ts';

/** What the story of a release needs from outside. */
export interface RolloutDeps {
  readonly platform: Platform;
  readonly journal: JournalStore;
  readonly ticks: TickSource;
  readonly prober: Prober;
  readonly builder: Builder;
  readonly tests: TestRunner;
  readonly clock: Clock;
  readonly newId: NextId;
  /** The person or the automation that this process acts for. */
  readonly who: string;
  /** The folder of rollout.yaml, absolute: tests and builds start there. */
  readonly folder: string;
  /** After each entry, whoever wrote it, with the state that it led to; must not throw. */
  readonly onChange?: (state: RolloutState, entry: Entry) => void;
  /** Lines of the build and of the tests. */
  readonly onLine?: (line: string) => void;
  /** Goes on at once where another runner began, without waiting until it counts as dead. */
  readonly takeOver?: boolean;
}

/** Runs the command of the gate `tests`. */
export interface TestRunner {
  /** A command line for the shell. Never throws for a command that fails. */
  run(
    commandLine: string,
    folder: string,
    options: { readonly onLine: (line: string) => void; readonly signal?: AbortSignal },
  ): Promise<{ readonly exitCode: number }>;
}
