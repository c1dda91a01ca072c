import type { ApiDocument, Node } from '../api-document.ts';
import type { Place } from '../finding.ts';
import { compareContents } from './compare-bodies.ts';
import { compareSchemas } from './comparing.ts';
import type { Comparing, Matched } from './comparing.ts';
import { schemaOf } from './parameters.ts';

/** Answers by status, with their headers and bodies. */
export function compareResponses(comparing: Comparing, matched: Matched): void {
  const { base, revision, collector } = comparing;
  const { was, is } = matched;
  const before = new Map(base.entriesAt(was.node, 'responses'));
  const now = new Map(revision.entriesAt(is.node, 'responses'));
  for (const [status, response] of before) {
    const same = now.get(status) ?? now.get(status.toLowerCase()) ?? rangeOf(now, status);
    if (same) {
      compareHeaders(comparing, matched, { status, was: response, is: same });
      compareContents(comparing, matched, {
        was: response,
        is: same,
        direction: matched.answers,
        prefix: 'response',
        what: `the ${status} answer`,
      });
      continue;
    }
    const place: Place = { document: 'base', pointer: response.pointer };
    const kind = isSuccess(status) ? 'success' : 'non-success';
    const level = kind === 'success' ? 'ERR' : 'INFO';
    collector.add(is.name, {
      id: `response-${kind}-status-removed`,
      level,
      text: `the ${status} answer is gone`,
      place,
    });
  }
  for (const [status, response] of now) {
    if (before.has(status)) continue;
    const place: Place = { document: 'revision', pointer: response.pointer };
    const kind = isSuccess(status) ? 'success' : 'non-success';
    collector.add(is.name, {
      id: `response-${kind}-status-added`,
      level: 'INFO',
      text: `the ${status} answer is new`,
      place,
    });
  }
}

/** `2XX` stands for `200` and the others. */
function rangeOf(now: ReadonlyMap<string, Node>, status: string): Node | undefined {
  const range = `${status[0]}XX`;
  return now.get(range) ?? now.get(range.toLowerCase());
}

function isSuccess(status: string): boolean {
  return /^2(\d\d|XX)$/i.test(status);
}

interface Answer {
  readonly status: string;
  readonly was: Node;
  readonly is: Node;
}

function compareHeaders(comparing: Comparing, matched: Matched, { status, was, is }: Answer): void {
  const { base, revision, collector } = comparing;
  const operation = matched.is.name;
  const now = headersOf(revision, is);
  for (const [name, header] of headersOf(base, was)) {
    const what = `the header ${name} of the ${status} answer`;
    const same = now.get(name);
    const isRequired = header.value.required === true;
    if (!same) {
      const place: Place = { document: 'base', pointer: header.pointer };
      const kind = isRequired ? 'required' : 'optional';
      const level = isRequired ? 'ERR' : 'WARN';
      collector.add(operation, {
        id: `${kind}-response-header-removed`,
        level,
        text: `${what} is gone`,
        place,
      });
      continue;
    }
    const place: Place = { document: 'revision', pointer: same.pointer };
    if (isRequired && same.value.required !== true) {
      collector.add(operation, {
        id: 'response-header-became-optional',
        level: 'ERR',
        text: `${what} may be missing now`,
        place,
      });
    }
    const pair = { was: schemaOf(base, header), is: schemaOf(revision, same) };
    const direction = matched.answers;
    compareSchemas(comparing, pair, { operation, direction, role: 'header', what });
  }
}

/** By names in lower case: RFC 9110, section 5.1. */
function headersOf(document: ApiDocument, response: Node): Map<string, Node> {
  return new Map(
    document.entriesAt(response, 'headers').map(([name, header]) => [name.toLowerCase(), header]),
  );
}
