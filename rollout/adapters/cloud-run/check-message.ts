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
  const difference = findDifference(message, asSent(type, message), []);
  if (difference === null) return;
  const { path, wanted, found } = difference;
  throw fail(
    'message_invalid',
    `${name}: ${path.join('.')} is ${show(wanted)} and would arrive as ${show(found)}`,
    { hint: 'Nothing was sent. This is a mistake in Rollout: report it with this message.' },
  );
}

function asSent(type: MessageType, message: object): unknown {
  try {
    const built = type.fromObject(message as Record<string, unknown>);
    return type.toObject(built, { enums: String, longs: String });
  } catch {
    // Something of another shape than the type's, which fits nowhere.
    return undefined;
  }
}

interface Difference {
  readonly path: readonly string[];
  readonly wanted: unknown;
  readonly found: unknown;
}

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

/** What is empty is the same as absent on the wire. */
function entriesOf(value: unknown): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  return new Map(Object.entries(value).filter(([, one]) => one !== undefined && !isEmpty(one)));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
