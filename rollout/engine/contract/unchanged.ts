import { canonical, isObject } from './api-document.ts';
import type { ApiDocument, Json, Node } from './api-document.ts';

const REFERENCES = /"\$ref":"([^"]*)"/g;
const COMPONENT = /^#\/components\/[^/]+\/[^/]+$/;

/**
 * What both documents write in the same words, down to the last reference: most of a large one. It
 * needs no comparison, which takes a hundred times as long as reading the words.
 */
export class Unchanged {
  /** References to components that are not the same, or lead to one that is not. */
  readonly #changed: ReadonlySet<string>;
  /** How the documents as a whole are read and secured is the same. */
  readonly #isAlike: boolean;

  constructor(base: ApiDocument, revision: ApiDocument) {
    const [was, is] = [base, revision].map(textsOf) as [Texts, Texts];
    this.#changed = spread(was, is);
    this.#isAlike =
      base.is30 === revision.is30 &&
      canonical(base.root.security ?? null) === canonical(revision.root.security ?? null) &&
      ![...this.#changed].some((ref) => ref.startsWith('#/components/securitySchemes/'));
  }

  isSame(was: Node<Json>, is: Node<Json>): boolean {
    if (!this.#isAlike) return false;
    const text = JSON.stringify(was.value);
    return text === JSON.stringify(is.value) && !this.#leadsToChange(text);
  }

  /** Of components, whose words were read already. */
  isSameComponent(ref: string): boolean {
    return this.#isAlike && !this.#changed.has(ref);
  }

  #leadsToChange(text: string): boolean {
    return referencesIn(text).some((ref) => !COMPONENT.test(ref) || this.#changed.has(ref));
  }
}

type Texts = ReadonlyMap<string, string>;

function textsOf({ root }: ApiDocument): Texts {
  const texts = new Map<string, string>();
  const { components } = root;
  for (const [kind, named] of Object.entries(isObject(components) ? components : {})) {
    if (!isObject(named)) continue;
    for (const [name, value] of Object.entries(named)) {
      texts.set(`#/components/${kind}/${name}`, JSON.stringify(value));
    }
  }
  return texts;
}

function referencesIn(text: string): string[] {
  return [...text.matchAll(REFERENCES)].map(([, ref = '']) => ref);
}

function spread(was: Texts, is: Texts): Set<string> {
  const users = new Map<string, string[]>();
  const changed = new Set<string>();
  for (const [ref, text] of was) {
    if (is.get(ref) !== text) changed.add(ref);
    for (const used of referencesIn(text)) {
      if (!COMPONENT.test(used) || !was.has(used)) changed.add(ref);
      users.set(used, [...(users.get(used) ?? []), ref]);
    }
  }
  for (const ref of is.keys()) if (!was.has(ref)) changed.add(ref);
  // A set that grows while it is walked: whoever uses what changed has changed.
  for (const ref of changed) for (const user of users.get(ref) ?? []) changed.add(user);
  return changed;
}
