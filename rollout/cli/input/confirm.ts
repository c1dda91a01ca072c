import { createInterface } from 'node:readline/promises';
import type { Out } from 'base/terminal/out.ts';
import { fail } from '../../engine/error-codes.ts';

/**
 * Asks a person; anything but yes ends the command. Where nobody can answer, `--yes` has to have
 * said it. @throws flag_invalid, not_confirmed
 */
export async function confirm(question: string, isSaid: boolean, out: Out): Promise<void> {
  if (isSaid) return;
  if (!process.stdin.isTTY || !out.isLive) {
    throw fail('flag_invalid', `${question} Nobody is there to answer`, {
      hint: 'Add --yes to say so beforehand, or --dry-run to see what would be done.',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = await terminal.question(`${question} [y/N] `);
    if (/^y(es)?$/i.test(said.trim())) return;
  } finally {
    terminal.close();
  }
  throw fail('not_confirmed', 'Nothing was done', { hint: 'Answer y to go on.' });
}
