import type { Json, Node } from '../api-document.ts';
import { inBase, inRevision, levelOf } from './change.ts';
import type { Change, Comparison } from './change.ts';
import type { Shape, Shapes } from './shape.ts';

interface Sides {
  readonly base: Shapes;
  readonly revision: Shapes;
}

/** Properties that came, went, or may be left out; those on both sides are compared by the caller. */
export function compareProperties(both: Comparison, sides: Sides): Change[] {
  const { base, revision, direction } = both;
  const gone = names(base).filter((name) => !has(revision, name));
  const added = names(revision).filter((name) => !has(base, name));
  const kept = names(base).filter((name) => has(revision, name));
  const partOf = (shapes: Shapes, shape: Shape, name: string) =>
    shapes.of(shape.properties.get(name) ?? ANYTHING);
  return [
    ...gone.map((name) => removed(both, name, partOf(sides.base, base, name))),
    ...added.map((name) => appeared(both, name, partOf(sides.revision, revision, name))),
    ...kept.flatMap((name) => {
      const [was, is] = [partOf(sides.base, base, name), partOf(sides.revision, revision, name)];
      return isInvisible(direction, was) && isInvisible(direction, is)
        ? []
        : [...compareNeed(both, name, is), ...compareHidden(both, name, { was, is })];
    }),
    ...compareOthers(both),
  ];
}

const ANYTHING: Node<Json> = { value: true, pointer: '', component: null };

function names({ properties, required }: Shape): string[] {
  return [...new Set([...properties.keys(), ...required])];
}

function has({ properties, required }: Shape, name: string): boolean {
  return properties.has(name) || required.has(name);
}

/** What the server decides is in no request, what only the client says in no response. */
export function isInvisible(direction: Comparison['direction'], shape: Shape): boolean {
  return direction === 'request' ? shape.isReadOnly : shape.isWriteOnly;
}

function removed(both: Comparison, property: string, was: Shape): Change {
  const place = inBase(both, `properties/${property}`);
  const text = 'is gone';
  if (both.direction === 'request') {
    const level = was.isReadOnly ? 'INFO' : 'WARN';
    return { id: `=${roleId(both)}-removed`, level, text, property, place };
  }
  const isRequired = both.base.required.has(property);
  const kind = isRequired ? 'required' : 'optional';
  const hidden = was.isWriteOnly ? 'write-only-' : '';
  const unhidden = isRequired ? 'ERR' : 'WARN';
  const level = was.isWriteOnly ? 'INFO' : unhidden;
  const id = `=response-${kind}-${hidden}property-removed`;
  return { id, level, text: isRequired ? 'is gone, and was always there' : text, property, place };
}

/** `request-property`, or that of a parameter: properties of a body are called the same as deeper ones. */
function roleId({ role }: Comparison): string {
  return role === 'parameter' || role === 'parameter-property'
    ? 'request-parameter-property'
    : 'request-property';
}

function appeared(both: Comparison, property: string, is: Shape): Change {
  const place = inRevision(both, `properties/${property}`);
  const isRequired = both.revision.required.has(property);
  const kind = isRequired ? 'required' : 'optional';
  if (both.direction === 'response') {
    return {
      id: `=response-${kind}-property-added`,
      level: 'INFO',
      text: 'is new',
      property,
      place,
    };
  }
  const needed = isRequired && !is.isReadOnly;
  const id = `=new-${kind}-request-property`;
  if (!needed) return { id, level: 'INFO', text: 'is new, and may be left out', property, place };
  if (is.defaultValue !== null) {
    const text = `is new and required, with the default ${is.defaultValue}`;
    return { id: `${id}-with-default`, level: 'INFO', text, property, place };
  }
  return { id, level: 'ERR', text: 'is new and required', property, place };
}

function compareNeed(both: Comparison, property: string, is: Shape): Change[] {
  const [was, needed] = [both.base, both.revision].map(({ required }) => required.has(property));
  if (was === needed) return [];
  const place = inRevision(both, 'required');
  const prefix = both.direction === 'request' ? roleId(both) : 'response-property';
  if (!needed) {
    const level = both.direction === 'response' ? 'ERR' : 'INFO';
    return [
      { id: `=${prefix}-became-optional`, level, text: 'may be missing now', property, place },
    ];
  }
  const isFilled = both.direction === 'request' && is.defaultValue !== null;
  const level = both.direction === 'response' || isFilled || is.isReadOnly ? 'INFO' : 'ERR';
  const id = `=${prefix}-became-required${isFilled ? '-with-default' : ''}`;
  return [{ id, level, text: 'is required now', property, place }];
}

/** A response that begins to show what it kept to itself. */
function compareHidden(
  both: Comparison,
  property: string,
  { was, is }: { readonly was: Shape; readonly is: Shape },
): Change[] {
  if (both.direction === 'request' || !was.isWriteOnly || is.isWriteOnly) return [];
  const isRequired = both.revision.required.has(property);
  const id = `=response-${isRequired ? 'required' : 'optional'}-property-became-not-write-only`;
  const place = inRevision(both, `properties/${property}`);
  const level = isRequired ? 'WARN' : 'INFO';
  return [{ id, level, text: 'is in answers now', property, place }];
}

/** Whether properties that are not named may stand there; schemas of both are compared by the caller. */
function compareOthers(both: Comparison): Change[] {
  const [was, is] = [both.base.others, both.revision.others];
  const place = inRevision(both, is === null ? undefined : 'additionalProperties');
  if (was === null && is !== null) {
    const text =
      is.value === false
        ? 'takes no further properties any more'
        : 'takes fewer further properties now';
    const id =
      is.value === false ? 'additional-properties-forbidden' : 'additional-properties-narrowed';
    return [{ id, level: levelOf(both.direction, 'narrows'), text, place }];
  }
  if (was !== null && is === null) {
    // A further property of an answer is to be ignored; a map whose values changed is not.
    const level = was.value === false ? 'INFO' : levelOf(both.direction, 'widens');
    return [
      {
        id: 'additional-properties-widened',
        level,
        text: 'may have any further properties now',
        place,
      },
    ];
  }
  if (was === null || is === null || (was.value === false) === (is.value === false)) return [];
  if (is.value === false) {
    const level = levelOf(both.direction, 'narrows');
    const text = 'takes no further properties any more';
    return [{ id: 'additional-properties-forbidden', level, text, place }];
  }
  return [
    {
      id: 'additional-properties-widened',
      level: 'INFO',
      text: 'may have further properties now',
      place,
    },
  ];
}
