import type { Json } from '../api-document.ts';

/** Names of JSON types without `null`; an integer is a number, too. */
export type TypeSet = ReadonlySet<string>;

export function typesOf(type: Json | undefined): {
  readonly types: TypeSet | null;
  readonly hasNull: boolean;
} {
  if (type === undefined) return { types: null, hasNull: true };
  const named = (Array.isArray(type) ? (type as readonly Json[]) : [type]).map(String);
  return {
    types: new Set(named.filter((name) => name !== 'null')),
    hasNull: named.includes('null'),
  };
}

export function intersectTypes(a: TypeSet | null, b: TypeSet | null): TypeSet | null {
  if (a === null || b === null) return a ?? b;
  return new Set([
    ...[...a].filter((name) => accepts(b, name)),
    ...[...b].filter((name) => accepts(a, name)),
  ]);
}

/** Whether every value of `inner` is one of `outer`. */
export function containsTypes(outer: TypeSet | null, inner: TypeSet | null): boolean {
  if (outer === null) return true;
  if (inner === null) return false;
  return [...inner].every((name) => accepts(outer, name));
}

function accepts(types: TypeSet, name: string): boolean {
  return types.has(name) || (name === 'integer' && types.has('number'));
}

export function typesText(types: TypeSet | null): string {
  if (types === null) return 'any type';
  return types.size === 0 ? 'nothing' : [...types].toSorted().join(' or ');
}
