import type { Piece, SetupPlatform } from './piece.ts';

/** `absent`: would be made; `foreign`: the platform has no such things. */
export type PieceState = 'there' | 'absent' | 'made' | 'foreign';

export interface SetupStep {
  readonly piece: Piece;
  readonly state: PieceState;
}

export interface SetupRun {
  readonly platform: SetupPlatform;
  readonly isDryRun: boolean;
  readonly onStep: (step: SetupStep) => void;
}

/**
 * Makes what is not there, one piece after the other; told as it happens. Each piece is read before,
 * and there already is as good as made: whatever ended an earlier run, the next goes on.
 */
export async function runSetup(
  wanted: readonly Piece[],
  { platform, isDryRun, onStep }: SetupRun,
): Promise<readonly SetupStep[]> {
  const steps: SetupStep[] = [];
  for (const piece of wanted) {
    const has = await platform.has(piece);
    if (has === false && !isDryRun) await platform.make(piece);
    const step: SetupStep = { piece, state: stateOf(has, isDryRun) };
    onStep(step);
    steps.push(step);
  }
  return steps;
}

function stateOf(has: boolean | null, isDryRun: boolean): PieceState {
  if (has === null) return 'foreign';
  if (has) return 'there';
  return isDryRun ? 'absent' : 'made';
}
