import { isAlias, isCollection, isMap, isScalar } from 'yaml';
import type { Document, Node, Pair } from 'yaml';

export interface Trace {
  readonly key?: number;
  readonly value?: number;
}

/** Offsets of the last thing on the path that exists: of its value, and of the key before it. */
export function tracePath(document: Document.Parsed, path: readonly (string | number)[]): Trace {
  let node: Node | null | undefined = document.contents;
  let found = { key: startOf(node), value: startOf(node) };
  for (const name of path) {
    const above = resolved(document, node);
    if (!isCollection(above)) return found;
    const pair = isMap(above) ? findPair(above.items, name) : undefined;
    if (isMap(above) && !pair) return { key: found.key, value: found.key };
    node = pair ? (pair.value as Node | null) : (above.items[Number(name)] as Node | undefined);
    const value = startOf(node);
    const key = pair ? startOf(pair.key) : value;
    if (key === undefined) return found;
    found = { key, value: value ?? key };
  }
  return found;
}

function resolved(document: Document.Parsed, node: Node | null | undefined): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function findPair(pairs: readonly unknown[], name: string | number): Pair<Node> | undefined {
  return (pairs as Pair<Node>[]).find(
    (pair) => isScalar(pair.key) && String(pair.key.value) === String(name),
  );
}

export function startOf(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}
