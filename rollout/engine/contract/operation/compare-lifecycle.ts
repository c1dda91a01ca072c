import { textOf } from '../api-document.ts';
import type { Place } from '../finding.ts';
import type { Comparing, Matched } from './comparing.ts';
import { compareSecurity } from './security.ts';
import { compareSunsets } from './sunset.ts';

/** What an operation says of itself: deprecation, who may call it, its id. */
export function compareTold(comparing: Comparing, { was, is }: Matched): void {
  const { base, revision, today, collector } = comparing;
  const place: Place = { document: 'revision', pointer: is.node.pointer };
  const judged = [
    ...compareSunsets(was.node.value, is.node.value, today),
    ...(is.kind === 'path'
      ? compareSecurity(
          { document: base, operation: was.node },
          { document: revision, operation: is.node },
        )
      : []),
  ];
  for (const one of judged) collector.add(is.name, { ...one, text: `it ${one.text}`, place });
  const [before, now] = [was.node.value.operationId, is.node.value.operationId];
  if (before === now) return;
  const text = `its operationId was ${textOf(before ?? 'none')}, and is ${textOf(now ?? 'none')}`;
  const id = before === undefined ? 'api-operation-id-added' : 'api-operation-id-removed';
  collector.add(is.name, { id, level: 'INFO', text, place });
}
