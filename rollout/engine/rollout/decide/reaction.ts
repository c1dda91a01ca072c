import type { Move } from '../../service/rollout-spec.ts';

export type Reaction =
  | { readonly action: 'observe' }
  | {
      readonly action: 'hold';
      readonly untilMs: number;
      readonly next: 'continue' | 'rollBack' | 'abort';
    }
  | { readonly action: 'continue' | 'rollBack' | 'abort' };

/**
 * What a list of moves asks for now, when the trouble began at `sinceMs`: `extend 10m then hold`
 * is to observe on for ten minutes, then to hold. Where the list says nothing more, the safe end
 * is to roll back.
 */
export function reactionAt(moves: readonly Move[], sinceMs: number, nowMs: number): Reaction {
  let endMs = sinceMs;
  for (const [index, move] of moves.entries()) {
    if (!('forMs' in move)) return move;
    endMs += move.forMs;
    if (nowMs >= endMs) continue;
    if (move.action !== 'hold') return { action: 'observe' };
    const after = moves[index + 1];
    const next = after !== undefined && !('forMs' in after) ? after.action : 'rollBack';
    return { action: 'hold', untilMs: endMs, next };
  }
  return { action: 'rollBack' };
}
