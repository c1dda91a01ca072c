import { canonical } from '../api-document.ts';
import type { Json, JsonObject } from '../api-document.ts';

type Limits = Readonly<Record<string, number>>;
type Texts = Readonly<Record<string, string>>;

/** How a keyword that limits is called in ids, and on which side it limits. */
export const LIMITS = {
  maximum: { id: 'max', side: 'upper' },
  minimum: { id: 'min', side: 'lower' },
  exclusiveMaximum: { id: 'exclusive-max', side: 'upper' },
  exclusiveMinimum: { id: 'exclusive-min', side: 'lower' },
  maxLength: { id: 'max-length', side: 'upper' },
  minLength: { id: 'min-length', side: 'lower' },
  maxItems: { id: 'max-items', side: 'upper' },
  minItems: { id: 'min-items', side: 'lower' },
  maxProperties: { id: 'max-properties', side: 'upper' },
  minProperties: { id: 'min-properties', side: 'lower' },
  maxContains: { id: 'max-contains', side: 'upper' },
  minContains: { id: 'min-contains', side: 'lower' },
} as const;
export type LimitName = keyof typeof LIMITS;

/** A length of at least 0 is no limit. */
const COUNTS = new Set<string>(['minLength', 'minItems', 'minProperties', 'minContains']);

/** Keywords of JSON Schema 2020-12 that only ever exclude values, by their names in ids. */
const NARROWING = new Map([
  ['not', 'not'],
  ['if', 'if'],
  ['then', 'then'],
  ['else', 'else'],
  ['contains', 'contains'],
  ['propertyNames', 'property-names'],
  ['patternProperties', 'pattern-property'],
  ['dependentRequired', 'dependent-required'],
  ['dependentSchemas', 'dependent-schema'],
  ['unevaluatedItems', 'unevaluated-items'],
  ['unevaluatedProperties', 'unevaluated-properties'],
  ['contentEncoding', 'content-encoding'],
  ['contentMediaType', 'content-media-type'],
  ['contentSchema', 'content-schema'],
  ['multipleOf', 'multiple-of'],
  ['prefixItems', 'prefix-items'],
]);

export function valuesOf({ enum: listed, const: fixed }: JsonObject): readonly string[] | null {
  if (fixed !== undefined) return [canonical(fixed)];
  return Array.isArray(listed) ? [...new Set((listed as readonly Json[]).map(canonical))] : null;
}

/** In 3.0 `exclusiveMinimum: true` makes `minimum` exclusive, from 3.1 on it is the number. */
export function limitsOf(value: JsonObject): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const name of Object.keys(value)) {
    const limit = value[name];
    if (typeof limit !== 'number' || !Object.hasOwn(LIMITS, name)) continue;
    if (!(COUNTS.has(name) && limit === 0)) limits[name] = limit;
  }
  for (const [flag, name] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    const limit = limits[name];
    if (value[flag] !== true || limit === undefined) continue;
    limits[flag] = limit;
    delete limits[name];
  }
  return limits;
}

export function tighterOf(a: Limits, b: Limits): Record<string, number> {
  const both = { ...a };
  for (const [name, limit] of Object.entries(b)) {
    const present = both[name];
    const isUpper = LIMITS[name as LimitName].side === 'upper';
    both[name] = present === undefined ? limit : Math[isUpper ? 'min' : 'max'](present, limit);
  }
  return both;
}

export function narrowingOf(
  value: JsonObject,
  textOf: (part: Json) => string,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const key of Object.keys(value)) {
    const id = NARROWING.get(key);
    if (id !== undefined) found[id] = textOf(value[key] as Json);
  }
  return found;
}

export function joinTexts(a: Texts, b: Texts): Record<string, string> {
  const both = { ...a };
  for (const [id, text] of Object.entries(b)) {
    const present = both[id];
    both[id] =
      present === undefined || present === text ? text : [present, text].toSorted().join(' & ');
  }
  return both;
}
