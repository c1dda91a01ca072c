import type { ApiDocument, Json, Node } from '../api-document.ts';
import type { Level, Place } from '../finding.ts';
import { compareSchemas } from './comparing.ts';
import type { Comparing, Matched } from './comparing.ts';

/** Bodies that are sent: by clients, or by the service where it calls. */
export function compareBodies(comparing: Comparing, matched: Matched): void {
  const { base, revision, collector } = comparing;
  const { was, is, sends } = matched;
  const [before, now] = [base.at(was.node, 'requestBody'), revision.at(is.node, 'requestBody')];
  const isRequest = sends === 'request';
  const tell = (id: string, told: readonly [Level, string, Place]) =>
    collector.add(is.name, {
      id,
      level: told[0],
      text: `the request body ${told[1]}`,
      place: told[2],
    });
  if (before === undefined && now === undefined) return;
  if (before === undefined) {
    const body = revision.asObject(now as Node<Json>);
    const place: Place = { document: 'revision', pointer: body.pointer };
    const isRequired = body.value.required === true;
    const level = isRequired && isRequest ? 'ERR' : 'INFO';
    const text = `is new${isRequired ? ' and required' : ', and may be left out'}`;
    return tell(`request-body-added-${isRequired ? 'required' : 'optional'}`, [level, text, place]);
  }
  const old = base.asObject(before);
  if (now === undefined) {
    return tell('request-body-removed', [
      'ERR',
      'is gone',
      { document: 'base', pointer: old.pointer },
    ]);
  }
  const body = revision.asObject(now);
  const place: Place = { document: 'revision', pointer: body.pointer };
  const [wasRequired, isRequired] = [old, body].map(({ value }) => value.required === true);
  if (!wasRequired && isRequired) {
    tell('request-body-became-required', [isRequest ? 'ERR' : 'INFO', 'is required now', place]);
  } else if (wasRequired && !isRequired) {
    tell('request-body-became-optional', [
      isRequest ? 'INFO' : 'ERR',
      'may be left out now',
      place,
    ]);
  }
  compareContents(comparing, matched, {
    was: old,
    is: body,
    direction: sends,
    prefix: 'request-body',
    what: 'the request body',
  });
}

/** A body in its media types. */
export interface Contents {
  readonly was: Node;
  readonly is: Node;
  readonly direction: 'request' | 'response';
  /** Of ids: `request-body` or `response`. */
  readonly prefix: string;
  readonly what: string;
}

export function compareContents(
  comparing: Comparing,
  { is: operation }: Matched,
  contents: Contents,
): void {
  const { base, revision, collector } = comparing;
  const { was, is, direction, prefix, what } = contents;
  const before = mediaOf(base, was);
  const now = mediaOf(revision, is);
  for (const [type, media] of before) {
    const same = now.get(type) ?? wildcardOf(now, type);
    if (!same) {
      const text = `${what} is not ${type} any more`;
      const place: Place = { document: 'base', pointer: media.pointer };
      collector.add(operation.name, {
        id: `${prefix}-media-type-removed`,
        level: 'ERR',
        text,
        place,
      });
      continue;
    }
    const pair = { was: base.at(media, 'schema') ?? null, is: revision.at(same, 'schema') ?? null };
    compareSchemas(comparing, pair, { operation: operation.name, direction, role: 'body', what });
  }
  for (const [type, media] of now) {
    if (before.has(type)) continue;
    const text = `${what} may be ${type}, too`;
    const place: Place = { document: 'revision', pointer: media.pointer };
    collector.add(operation.name, { id: `${prefix}-media-type-added`, level: 'INFO', text, place });
  }
}

/** By type without parameters that say nothing here, such as a charset. */
function mediaOf(document: ApiDocument, node: Node): Map<string, Node> {
  return new Map(
    document
      .entriesAt(node, 'content')
      .map(([type, media]) => [type.toLowerCase().replace(/;\s*charset=.*$/, ''), media]),
  );
}

/** `image/*` takes what `image/png` was. */
function wildcardOf(now: ReadonlyMap<string, Node>, type: string): Node | undefined {
  return now.get(type.replace(/\/.*$/, '/*')) ?? now.get('*/*');
}
