import { textOf } from '../api-document.ts';
import type { ApiDocument, Json, Node } from '../api-document.ts';
import type { Operation } from './find-operations.ts';

export interface Parameter {
  /** The same for a path parameter at the same place, whatever its name. */
  readonly key: string;
  readonly name: string;
  readonly place: string;
  readonly node: Node;
  readonly schema: Node<Json> | null;
  readonly isRequired: boolean;
  /** How a value is written; clients that write it otherwise are not understood. */
  readonly style: string;
}

/** Of the operation and of its path; those of the operation win. */
export function findParameters(
  document: ApiDocument,
  operation: Operation,
): Map<string, Parameter> {
  const nodes = [operation.item, operation.node].flatMap((node) =>
    document.listAt(node, 'parameters'),
  );
  const found = nodes.map((node) => parameterOf(document, operation, document.asObject(node)));
  return new Map(found.filter(isOfClients).map((parameter) => [parameter.key, parameter]));
}

/** Headers that OpenAPI says elsewhere: https://spec.openapis.org/oas/v3.1.0#parameter-object */
function isOfClients({ place, name }: Parameter): boolean {
  return place !== 'header' || !/^(accept|content-type|authorization)$/i.test(name);
}

function parameterOf(document: ApiDocument, operation: Operation, node: Node): Parameter {
  const { value } = node;
  const name = textOf(value.name);
  const place = textOf(value.in);
  const at = operation.pathParameters.indexOf(name);
  const shown = place === 'header' ? name.toLowerCase() : name;
  const usual = place === 'query' || place === 'cookie' ? 'form' : 'simple';
  const style = textOf(value.style ?? usual);
  const explode = textOf(value.explode ?? style === 'form');
  return {
    key: place === 'path' && at >= 0 ? `path ${at}` : `${place} ${shown}`,
    name,
    place,
    node,
    schema: schemaOf(document, node),
    isRequired: value.required === true || place === 'path',
    style: `${style}${explode === 'true' ? ' (exploded)' : ''}`,
  };
}

/** Of the parameter itself, or of the one media type that it is written in. */
export function schemaOf(document: ApiDocument, node: Node): Node<Json> | null {
  const own = document.at(node, 'schema');
  if (own) return own;
  const [media] = document.entriesAt(node, 'content');
  return (media && document.at(media[1], 'schema')) ?? null;
}
