import { StorageError } from '../storage-error.ts';
import type { StoredObject } from './stored-object.ts';

/** What must hold of an object; https://cloud.google.com/storage/docs/request-preconditions. */
export type Preconditions = Readonly<Partial<Record<(typeof names)[number], string>>>;

const names = [
  'ifGenerationMatch',
  'ifGenerationNotMatch',
  'ifMetagenerationMatch',
  'ifMetagenerationNotMatch',
] as const;

/** `prefix` is `ifSource` where they are about the source of a copy. */
export function readPreconditions(
  query: URLSearchParams,
  prefix: 'if' | 'ifSource' = 'if',
): Preconditions {
  const given = names.flatMap((name) => {
    const asked = name.replace('if', prefix);
    const value = query.get(asked);
    if (value === null) return [];
    if (/^\d+$/.test(value)) return [[name, value] as const];
    throw new StorageError('invalid', `Invalid value for ${asked}: ${value} is not a number.`);
  });
  return Object.fromEntries(given);
}

type Versioned = Pick<StoredObject, 'generation' | 'metageneration'>;

/**
 * An object that is not there has generation 0. Whoever reads what has not changed gets 304 and no
 * refusal.
 */
export function requirePreconditions(
  conditions: Preconditions,
  object: Versioned | null,
  intent: 'read' | 'write' = 'write',
): void {
  const { generation, metageneration } = object ?? { generation: '0', metageneration: '0' };
  const isAsExpected =
    (conditions.ifGenerationMatch ?? generation) === generation &&
    (conditions.ifMetagenerationMatch ?? metageneration) === metageneration;
  const isOther =
    conditions.ifGenerationNotMatch !== generation &&
    conditions.ifMetagenerationNotMatch !== metageneration;
  if (isAsExpected && isOther) return;
  const message = 'At least one of the pre-conditions you specified did not hold.';
  const isUnchanged = isAsExpected && intent === 'read';
  throw new StorageError(isUnchanged ? 'notModified' : 'conditionNotMet', message);
}
