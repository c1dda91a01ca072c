import { StorageError } from './storage-error.ts';
import type { StoredObject } from './stored-object.ts';

/** What must hold of an object; https://cloud.google.com/storage/docs/request-preconditions. */
export type Preconditions = Readonly<Partial<Record<(typeof names)[number], string>>>;

const names = [
  'ifGenerationMatch',
  'ifGenerationNotMatch',
  'ifMetagenerationMatch',
  'ifMetagenerationNotMatch',
] as const;

export function readPreconditions(query: URLSearchParams): Preconditions {
  const given = names.flatMap((name) => {
    const value = query.get(name);
    if (value === null) return [];
    if (/^\d+$/.test(value)) return [[name, value] as const];
    throw new StorageError('invalid', `Invalid value for ${name}: ${value} is not a number.`);
  });
  return Object.fromEntries(given);
}

/** An object that is not there has generation 0. */
export function requirePreconditions(
  conditions: Preconditions,
  object: Pick<StoredObject, 'generation' | 'metageneration'> | null,
): void {
  const { generation, metageneration } = object ?? { generation: '0', metageneration: '0' };
  const holds = [
    (conditions.ifGenerationMatch ?? generation) === generation,
    (conditions.ifMetagenerationMatch ?? metageneration) === metageneration,
    conditions.ifGenerationNotMatch !== generation,
    conditions.ifMetagenerationNotMatch !== metageneration,
  ];
  if (holds.every(Boolean)) return;
  const message = 'At least one of the pre-conditions you specified did not hold.';
  throw new StorageError('conditionNotMet', message);
}
