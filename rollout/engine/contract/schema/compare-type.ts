import { inRevision, levelOf } from './change.ts';
import type { Change, Comparison } from './change.ts';
import type { Shape } from './shape.ts';
import { containsTypes, typesText } from './type-set.ts';
import type { TypeSet } from './type-set.ts';

/** Types and formats, and whether null is one of the values. */
export function compareType(both: Comparison): Change[] {
  const [base, revision] = [both.base, both.revision].map(kindOf) as [Kind, Kind];
  const nulls = compareNull(both, base, revision);
  if (base.text === revision.text) return nulls;
  const widens = isWithin(base, revision) || isTextAnyway(both, revision);
  const narrows = isWithin(revision, base);
  const text = `changed its type from ${base.text} to ${revision.text}`;
  const isAccepted = both.direction === 'request' ? widens : narrows;
  const level = isAccepted ? 'INFO' : 'ERR';
  return [{ id: idOf(both, { widens, narrows }), level, text, place: inRevision(both) }, ...nulls];
}

interface Kind {
  readonly types: TypeSet | null;
  readonly format: string | null;
  readonly text: string;
}

/** Keywords of objects and lists say the type where it is left out. */
function kindOf({ types, properties, others, items, values, unions, format }: Shape): Kind {
  const said = types ?? impliedBy({ properties, others, items, values, unions });
  const text = `${typesText(said)}${format === null ? '' : ` (${format})`}`;
  return { types: said, format, text };
}

function impliedBy({
  properties,
  others,
  items,
  values,
}: Pick<Shape, 'properties' | 'others' | 'items' | 'values' | 'unions'>): TypeSet | null {
  if (properties.size > 0 || others !== null) return new Set(['object']);
  if (items !== null) return new Set(['array']);
  if (values !== null && values.length > 0) return new Set(values.map(typeOfValue));
  return null;
}

function typeOfValue(text: string): string {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/** Formats that another one contains; of others nothing is known. */
const WIDER: Readonly<Record<string, string>> = { int32: 'int64', float: 'double' };

function isWithin(inner: Kind, outer: Kind): boolean {
  if (!containsTypes(outer.types, inner.types)) return false;
  const { format } = inner;
  return (
    outer.format === null ||
    outer.format === format ||
    (format !== null && WIDER[format] === outer.format)
  );
}

/** Outside of a body everything is text: a parameter that takes any text takes numbers, too. */
function isTextAnyway({ role, direction }: Comparison, { types, format }: Kind): boolean {
  const isPlain = types?.size === 1 && types.has('string') && format === null;
  return role === 'parameter' && direction === 'request' && isPlain;
}

function idOf(
  { base, revision, direction }: Comparison,
  { widens, narrows }: { readonly widens: boolean; readonly narrows: boolean },
): string {
  const areLists = (base.types?.size ?? 1) > 1 || (revision.types?.size ?? 1) > 1;
  if (areLists && widens) return 'list-of-types-widened';
  if (areLists && narrows) return 'list-of-types-narrowed';
  return direction === 'request' && widens ? 'type-generalized' : 'type-changed';
}

function compareNull(both: Comparison, base: Kind, revision: Kind): Change[] {
  // Where any type may stand, null is not what changed.
  if (base.types === null || revision.types === null) return [];
  const [was, is] = [both.base.isNullable, both.revision.isNullable];
  if (was === is) return [];
  const place = inRevision(both);
  return is
    ? [
        {
          id: 'became-nullable',
          level: levelOf(both.direction, 'widens'),
          text: 'may be null now',
          place,
        },
      ]
    : [
        {
          id: 'became-not-nullable',
          level: levelOf(both.direction, 'narrows'),
          text: 'may no longer be null',
          place,
        },
      ];
}
