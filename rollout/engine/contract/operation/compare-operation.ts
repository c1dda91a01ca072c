import type { ApiDocument } from '../api-document.ts';
import { compareBodies } from './compare-bodies.ts';
import { compareTold } from './compare-lifecycle.ts';
import { compareParameters } from './compare-parameters.ts';
import { compareResponses } from './compare-responses.ts';
import type { Comparing, Matched } from './comparing.ts';
import type { Operation } from './find-operations.ts';

/** One operation of both documents: itself, what is sent, and what comes back. */
export function compareOperation(comparing: Comparing, was: Operation, is: Operation): void {
  if (isUnchanged(comparing, was, is)) return;
  const called = is.kind === 'path';
  const matched: Matched = {
    was,
    is,
    sends: called ? 'request' : 'response',
    answers: called ? 'response' : 'request',
  };
  compareTold(comparing, matched);
  compareParameters(comparing, matched);
  compareBodies(comparing, matched);
  compareResponses(comparing, matched);
}

function isUnchanged(
  { base, revision, unchanged }: Comparing,
  was: Operation,
  is: Operation,
): boolean {
  const shared = (document: ApiDocument, { item }: Operation) => ({
    value: document.listAt(item, 'parameters').map(({ value }) => value),
    pointer: '',
    component: null,
  });
  return (
    was.name === is.name &&
    unchanged.isSame(was.node, is.node) &&
    unchanged.isSame(shared(base, was), shared(revision, is))
  );
}
