import { join } from 'node:path';
import { CommandProcess } from 'base/terminal/command-process.fake.ts';
import type { Surroundings } from 'base/terminal/command-process.fake.ts';

const BIN = join(import.meta.dirname, 'bin.cjs');

/** `rollout` as a real process. */
export class CliProcess extends CommandProcess {
  constructor(args: readonly string[], surroundings: Surroundings) {
    super(BIN, args, surroundings);
  }
}
