import { contractError } from './contract-error.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** A value of the document with the pointer at which it stands, after its references. */
export interface Node<T extends Json = JsonObject> {
  readonly value: T;
  readonly pointer: string;
  /** The last component on the way here, such as `User`; null: it stands in its place. */
  readonly component: string | null;
}

const MAX_HOPS = 100;

/** An OpenAPI document of 3.0 or 3.1, whose references are followed as they are met. */
export class ApiDocument {
  readonly root: JsonObject;
  /** As the text names it in errors. */
  readonly name: string;
  readonly is30: boolean;
  readonly #resolved = new Map<string, Node<Json>>();

  /** @throws contract_invalid */
  constructor(root: unknown, name: string) {
    if (!isObject(root)) {
      throw contractError(
        { document: name, pointer: '' },
        'is no OpenAPI document',
        'an object with openapi and paths',
      );
    }
    const { openapi } = root;
    if (typeof openapi !== 'string' || !/^3\.[01](\.\d+)?(-.*)?$/.test(openapi)) {
      const found =
        openapi === undefined ? 'has no openapi' : `has openapi ${JSON.stringify(openapi)}`;
      throw contractError(
        { document: name, pointer: openapi === undefined ? '' : '/openapi' },
        found,
        '3.0.x or 3.1.x',
      );
    }
    if (root.paths === undefined && root.webhooks === undefined) {
      throw contractError(
        { document: name, pointer: '' },
        'has neither paths nor webhooks',
        'what the API offers',
      );
    }
    this.root = root;
    this.name = name;
    this.is30 = openapi.startsWith('3.0');
  }

  /**
   * What stands at `key` of an object, references followed; undefined: nothing.
   * @throws contract_invalid for references that lead nowhere, outside or in a circle
   */
  at(node: Node, key: string): Node<Json> | undefined {
    const value = node.value[key];
    if (value === undefined) return undefined;
    return this.follow({ value, pointer: join(node.pointer, key), component: null });
  }

  /** An object at `key`; empty where nothing stands. */
  objectAt(node: Node, key: string): Node {
    const found = this.at(node, key);
    if (found === undefined)
      return { value: {}, pointer: join(node.pointer, key), component: null };
    return this.asObject(found);
  }

  asObject({ value, pointer, component }: Node<Json>): Node {
    if (isObject(value)) return { value, pointer, component };
    throw contractError({ document: this.name, pointer }, 'is no object', 'an object');
  }

  /** Elements of a list at `key`; none where nothing stands. */
  listAt(node: Node, key: string): Node<Json>[] {
    const value = node.value[key];
    if (value === undefined) return [];
    const pointer = join(node.pointer, key);
    if (!Array.isArray(value))
      throw contractError({ document: this.name, pointer }, 'is no list', 'a list');
    return (value as readonly Json[]).map((item, index) =>
      this.follow({ value: item, pointer: join(pointer, String(index)), component: null }),
    );
  }

  /** Named entries of an object at `key`, without extensions. */
  entriesAt(node: Node, key: string): [string, Node][] {
    const object = this.objectAt(node, key);
    return Object.keys(object.value)
      .filter((name) => !name.startsWith('x-'))
      .map((name) => [name, this.asObject(this.at(object, name) as Node<Json>)]);
  }

  follow(start: Node<Json>): Node<Json> {
    let node = start;
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      const { value, pointer } = node;
      if (!isObject(value) || typeof value.$ref !== 'string') return node;
      // From 3.1 on a schema may say more beside its reference; that is read as a schema.
      if (!this.is30 && Object.keys(value).some((key) => !BESIDE.has(key))) return node;
      node = this.resolve(value.$ref, pointer);
    }
    throw contractError(
      { document: this.name, pointer: start.pointer },
      'is a circle of references',
      'an end of it',
    );
  }

  resolve(ref: string, from: string): Node<Json> {
    const known = this.#resolved.get(ref) ?? this.#resolve(ref, from);
    this.#resolved.set(ref, known);
    return known;
  }

  #resolve(ref: string, from: string): Node<Json> {
    const at = join(from, '$ref');
    if (!ref.startsWith('#')) {
      const message = `refers to '${ref}' outside of the document`;
      throw contractError(
        { document: this.name, pointer: at },
        message,
        "a reference that begins with '#/'",
      );
    }
    const parts = ref.slice(1).split('/').slice(1).map(decodePart);
    let value: Json | undefined = this.root;
    for (const part of parts) {
      value = partOf(value, part);
      if (value === undefined) {
        throw contractError(
          { document: this.name, pointer: at },
          `refers to '${ref}', which is not there`,
          'a component',
        );
      }
    }
    const pointer = parts.reduce(join, '');
    const component = parts[0] === 'components' ? (parts.at(-1) ?? null) : null;
    return { value, pointer, component };
  }
}

const BESIDE = new Set(['$ref', 'description', 'summary']);

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 6901. */
export function join(pointer: string, key: string): string {
  if (!key.includes('/') && !key.includes('~')) return `${pointer}/${key}`;
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** What every object has by itself is no part of a document. */
function partOf(value: Json | undefined, part: string): Json | undefined {
  const isHolder = isObject(value) || Array.isArray(value);
  return isHolder && Object.hasOwn(value, part) ? (value as JsonObject)[part] : undefined;
}

function decodePart(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // A percent sign that begins no escape stands for itself.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** A value as a text for people; most are one already. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

/** The same text for the same value, whatever the order of its keys. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}
