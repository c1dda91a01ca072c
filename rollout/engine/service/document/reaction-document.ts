import { parseDuration } from 'base/duration.ts';
import { suggest } from 'base/document/nearest.ts';
import { orList } from 'base/document/show-value.ts';
import { z } from 'zod';
import type { Move } from '../rollout-spec.ts';

type Word = 'extend' | 'retry' | 'hold' | 'continue' | 'rollback' | 'abort';

/** A hold has an end, also when nobody looks: a rollout that waits for ever blocks the next one. */
const HOLD_MS = parseDuration('24h');
const MAX_HOLD_MS = parseDuration('30d');
const MOVE = /^([a-z]+)(?: (\d+(?:\.\d+)?(?:ms|s|m|h|d)))?$/;

/** `extend 10m then hold`, `hold 2h then abort`: moves, of which the last ends the waiting. */
export function reactionDocument(allowed: readonly Word[]) {
  return z
    .string()
    .transform((text, context): Move[] => {
      const moves = readMoves(text, allowed);
      if (typeof moves !== 'string') return moves;
      context.addIssue({ code: 'custom', message: moves });
      return z.NEVER;
    })
    .optional();
}

/** Or what was expected instead. */
function readMoves(text: string, allowed: readonly Word[]): Move[] | string {
  const moves: Move[] = [];
  for (const part of text.trim().split(/\s+then\s+/)) {
    if (moves.length > 0 && !('forMs' in (moves.at(-1) ?? {}))) {
      return `nothing after '${wordOf(moves.at(-1))}', which ends the waiting`;
    }
    const move = readMove(part.replaceAll(/\s+/g, ' '), allowed);
    if (typeof move === 'string') return move;
    moves.push(move);
  }
  const last = moves.at(-1);
  if (last?.action === 'hold') return [...moves, { action: 'abort' }];
  if (last && 'forMs' in last) return `'then hold' or another end after '${text.trim()}'`;
  return moves;
}

function readMove(part: string, allowed: readonly Word[]): Move | string {
  const [, word = '', duration] = MOVE.exec(part) ?? [];
  if (!allowed.includes(word as Word)) {
    const near = suggest(word, allowed);
    return `${orList(allowed)}, such as '${allowed[0]} 10m then hold'${near ? `; ${near}` : ''}`;
  }
  const forMs = duration === undefined ? undefined : parseDuration(duration);
  if (forMs !== undefined && (forMs === 0 || forMs > MAX_HOLD_MS)) {
    return 'a duration of more than nothing, at most 30d';
  }
  if (word === 'hold') return { action: 'hold', forMs: forMs ?? HOLD_MS };
  if (word === 'extend' || word === 'retry') {
    return forMs === undefined ? `how long, as in '${word} 10m'` : { action: word, forMs };
  }
  if (forMs !== undefined) return `'${word}' without a duration`;
  return { action: word === 'rollback' ? 'rollBack' : (word as 'continue' | 'abort') };
}

function wordOf(move: Move | undefined): string {
  return move?.action === 'rollBack' ? 'rollback' : (move?.action ?? '');
}
