import type { ApiDocument, Node } from '../api-document.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

/** One thing that can be asked for, or, as a webhook or a callback, that the service asks for. */
export interface Operation {
  /** The same for an operation that a path parameter of another name does not change. */
  readonly key: string;
  /** `GET /users/{id}`. */
  readonly name: string;
  readonly kind: 'path' | 'webhook' | 'callback';
  readonly node: Node;
  /** Of the path: what all its operations share. */
  readonly item: Node;
  /** Names of parameters in the path, by their position. */
  readonly pathParameters: readonly string[];
  /** The path is gone as a whole when its key is not among those of the other document. */
  readonly pathKey: string;
}

/** Paths, webhooks and callbacks, each with its operations. */
export function findOperations(document: ApiDocument): Operation[] {
  const root: Node = { value: document.root, pointer: '', component: null };
  const called = document.entriesAt(root, 'paths').flatMap(([path, item]) => {
    return operationsOf(document, { kind: 'path', path, item });
  });
  const webhooks = document
    .entriesAt(root, 'webhooks')
    .flatMap(([path, item]) => operationsOf(document, { kind: 'webhook', path, item }));
  const callbacks = called.flatMap((operation) => callbacksOf(document, operation));
  return [...called, ...webhooks, ...callbacks];
}

interface Item {
  readonly kind: Operation['kind'];
  readonly path: string;
  readonly item: Node;
  /** Of a callback: the operation that it belongs to. */
  readonly within?: string;
}

function operationsOf(document: ApiDocument, { kind, path, item, within = '' }: Item): Operation[] {
  const pathKey = `${within}${kind} ${kind === 'path' ? positional(path) : path}`;
  return METHODS.flatMap((method) => {
    const found = document.at(item, method);
    if (found === undefined) return [];
    const prefix = kind === 'path' ? '' : `${kind} `;
    return {
      key: `${method} ${pathKey}`,
      name: `${prefix}${kind === 'webhook' ? '' : `${method.toUpperCase()} `}${path}`,
      kind,
      node: document.asObject(found),
      item,
      pathParameters: kind === 'path' ? parametersIn(path) : [],
      pathKey,
    };
  });
}

function callbacksOf(document: ApiDocument, { node, key }: Operation): Operation[] {
  return document.entriesAt(node, 'callbacks').flatMap(([name, callback]) =>
    Object.keys(callback.value)
      .filter((expression) => !expression.startsWith('x-'))
      .flatMap((expression) =>
        operationsOf(document, {
          kind: 'callback',
          path: `${name} ${expression}`,
          item: document.objectAt(callback, expression),
          within: `${key} `,
        }),
      ),
  );
}

/** `/users/{}` for `/users/{id}`: clients do not see the names. */
function positional(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}');
}

function parametersIn(path: string): string[] {
  return [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name);
}
