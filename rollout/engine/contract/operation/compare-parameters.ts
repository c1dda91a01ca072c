import { isObject, textOf } from '../api-document.ts';
import type { Level, Place } from '../finding.ts';
import type { Told } from './collector.ts';
import { compareSchemas } from './comparing.ts';
import type { Comparing, Matched } from './comparing.ts';
import { findParameters } from './parameters.ts';
import type { Parameter } from './parameters.ts';
import { graceOf } from './sunset.ts';

/** Parameters that came, went, or changed. */
export function compareParameters(comparing: Comparing, { was, is, sends }: Matched): void {
  const [before, after] = [
    findParameters(comparing.base, was),
    findParameters(comparing.revision, is),
  ];
  const tell = (told: Told) => comparing.collector.add(is.name, told);
  for (const [key, parameter] of before) {
    const now = after.get(key);
    if (!now) {
      tell(gone(parameter, comparing.today));
      continue;
    }
    for (const told of compareParameter(parameter, now)) tell(told);
    const at = {
      operation: is.name,
      direction: sends,
      role: 'parameter' as const,
      what: nameOf(now),
    };
    compareSchemas(comparing, { was: parameter.schema, is: now.schema }, at);
  }
  for (const [key, parameter] of after) if (!before.has(key)) tell(fresh(parameter));
}

function nameOf({ place, name }: Parameter): string {
  return `the ${place} parameter '${name}'`;
}

const GONE = {
  none: ['request-parameter-removed', 'WARN', 'is gone'],
  announced: ['request-parameter-removed-with-deprecation', 'INFO', 'is gone, as was announced'],
  over: ['request-parameter-removed-with-deprecation', 'INFO', 'is gone, after its sunset date'],
  early: ['request-parameter-removed-before-sunset', 'ERR', 'is gone before its sunset date'],
  unreadable: ['request-parameter-sunset-parse', 'ERR', 'is gone, and its sunset date was none'],
} as const satisfies Record<string, readonly [string, Level, string]>;

function gone(parameter: Parameter, today: Date): Told {
  const [id, level, text] = GONE[graceOf(parameter.node.value, today)];
  const place: Place = { document: 'base', pointer: parameter.node.pointer };
  return { id, level, text: `${nameOf(parameter)} ${text}`, place };
}

function fresh(parameter: Parameter): Told {
  const { isRequired, node } = parameter;
  const place: Place = { document: 'revision', pointer: node.pointer };
  if (parameter.place === 'path') {
    const text = `${nameOf(parameter)} is new`;
    return { id: 'new-request-path-parameter', level: 'ERR', text, place };
  }
  return isRequired
    ? {
        id: 'new-required-request-parameter',
        level: 'ERR',
        text: `${nameOf(parameter)} is new and required`,
        place,
      }
    : {
        id: 'new-optional-request-parameter',
        level: 'INFO',
        text: `${nameOf(parameter)} is new, and may be left out`,
        place,
      };
}

function compareParameter(was: Parameter, is: Parameter): Told[] {
  const place: Place = { document: 'revision', pointer: is.node.pointer };
  const told: Told[] = [];
  if (was.isRequired !== is.isRequired) {
    const [id, level, text] = is.isRequired
      ? (['request-parameter-became-required', 'ERR', 'is required now'] as const)
      : (['request-parameter-became-optional', 'INFO', 'may be left out now'] as const);
    told.push({ id, level, text: `${nameOf(is)} ${text}`, place });
  }
  if (was.node.value.deprecated !== true && is.node.value.deprecated === true) {
    const text = `${nameOf(is)} is deprecated`;
    told.push({ id: 'request-parameter-deprecated', level: 'INFO', text, place });
  }
  if (was.style !== is.style && isWrittenInParts(was, is)) {
    const text = `${nameOf(is)} is written in the style ${is.style}, it was ${was.style}`;
    told.push({ id: 'request-parameter-style-changed', level: 'ERR', text, place });
  }
  return told;
}

const PLAIN = /^(string|integer|number|boolean)$/;

/** A single value is written alike in all styles of a place. */
function isWrittenInParts(was: Parameter, is: Parameter): boolean {
  const isPlain = ({ schema }: Parameter) =>
    isObject(schema?.value) && PLAIN.test(textOf(schema.value.type));
  return !(isPlain(was) && isPlain(is));
}
