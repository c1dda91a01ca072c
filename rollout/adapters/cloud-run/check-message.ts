import { fail } from '../../engine/error-codes.ts';

/** A message type of a client's protobuf root. */
export interface MessageType {
  fromObject(object: Record<string, unknown>): object;
  toObject(message: object, options: object): Record<string, unknown>;
}

/**
 * Refuses a message that would not reach the other side as it is: the clients drop unknown names
 * and enum values without a word, and turn 99.9 into 99. int64 must be given as strings.
 * @throws message_invalid with the first path that differs
 */
export function checkMessage(type: MessageType, name: string, message: object): void {
  const difference = findDifference(message, asSent(type, name, message), []);
  if (difference === null) return;
  const { path, wanted, found } = difference;
  throw invalid(`${name}: ${path.join('.')} is ${show(wanted)} and would arrive as ${show(found)}`);
}

function asSent(type: MessageType, name: string, message: object): unknown {
  try {
    const built = type.fromObject(message as Record<string, unknown>);
    return type.toObject(built, { enums: String, longs: String });
  } catch (error) {
    if (error instanceof TypeError) throw invalid(`${name}: ${error.message}`, error);
    throw error;
  }
}

function invalid(message: string, cause?: Error): Error {
  const hint = 'Nothing was sent. This is a mistake in Rollout: report it with this message.';
  return fail('message_invalid', message, { hint, cause });
}

interface Difference {
  readonly path: readonly string[];
  readonly wanted: unknown;
  readonly found: unknown;
}

/** What is empty is the same as absent on the wire. */
function findDifference(
  wanted: unknown,
  found: unknown,
  path: readonly string[],
): Difference | null {
  if (Object.is(wanted, found)) return null;
  const [a, b] = [entriesOf(wanted), entriesOf(found)];
  if (!a || !b) return { path, wanted, found };
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const difference = findDifference(a.get(key), b.get(key), [...path, key]);
    if (difference) return difference;
  }
  return null;
}

function entriesOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (value === undefined) return new Map();
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : null;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
