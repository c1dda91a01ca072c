import { canonical, isObject, join } from '../api-document.ts';
import type { ApiDocument, Json, JsonObject, Node } from '../api-document.ts';
import { hashOf } from '../hash.ts';
import { joinTexts, limitsOf, narrowingOf, tighterOf, valuesOf } from './keywords.ts';
import { intersectTypes, typesOf } from './type-set.ts';
import type { TypeSet } from './type-set.ts';

/** A schema in the form in which two of them are compared, whatever words it was written in. */
export interface Shape {
  readonly pointer: string;
  readonly component: string | null;
  /** Null: any. Without `null`, which is `isNullable`. */
  readonly types: TypeSet | null;
  readonly isNullable: boolean;
  readonly format: string | null;
  /** In canonical form, without null; null: any. `const` is a list of one. */
  readonly values: readonly string[] | null;
  readonly isConst: boolean;
  readonly limits: Readonly<Record<string, number>>;
  readonly patterns: readonly string[];
  readonly isUnique: boolean;
  readonly properties: ReadonlyMap<string, Node<Json>>;
  readonly required: ReadonlySet<string>;
  /** Of properties that are not named; null: anything. */
  readonly others: Node<Json> | null;
  readonly items: Node<Json> | null;
  readonly unions: readonly Union[];
  /** Further keywords that allow less, in canonical form: `not`, `if`, `contains` and so on. */
  readonly narrowing: Readonly<Record<string, string>>;
  readonly isReadOnly: boolean;
  readonly isWriteOnly: boolean;
  readonly isDeprecated: boolean;
  readonly defaultValue: string | null;
}

export interface Union {
  readonly kind: 'oneOf' | 'anyOf';
  readonly members: readonly Node<Json>[];
}

const NOTHING: Omit<Shape, 'pointer' | 'component'> = {
  types: null,
  isNullable: true,
  format: null,
  values: null,
  isConst: false,
  limits: {},
  patterns: [],
  isUnique: false,
  properties: new Map(),
  required: new Set(),
  others: null,
  items: null,
  unions: [],
  narrowing: {},
  isReadOnly: false,
  isWriteOnly: false,
  isDeprecated: false,
  defaultValue: null,
};

/** Makes shapes of one document, each once. */
export class Shapes {
  readonly document: ApiDocument;
  readonly #known = new Map<object, Shape>();
  readonly #booleans = new Map<string, Shape>();
  readonly #joined = new Map<string, Node>();
  /** Of what was joined: where its parts come from. */
  readonly #parts = new Map<object, readonly Node<Json>[]>();
  readonly #alternatives = new Map<object, readonly Node<Json>[]>();
  readonly #digests = new Map<object, string>();
  /** Schemas whose parts are being put together: `allOf` may lead back to its own schema. */
  readonly #open = new Set<object>();

  constructor(document: ApiDocument) {
    this.document = document;
  }

  of(node: Node<Json>): Shape {
    const { value, pointer, component } = this.document.follow(node);
    const at = { pointer, component };
    if (typeof value === 'boolean') return this.#ofBoolean(value, at);
    const object = this.document.asObject({ value, pointer, component });
    const known = this.#known.get(object.value);
    if (known) return known;
    if (this.#open.has(object.value)) return { ...NOTHING, ...at };
    this.#open.add(object.value);
    const shape = this.#make(object);
    this.#open.delete(object.value);
    this.#known.set(object.value, shape);
    return shape;
  }

  /** One for each place, so that a pair of them is known when it is met again. */
  #ofBoolean(value: boolean, at: Pick<Shape, 'pointer' | 'component'>): Shape {
    const key = `${value} ${at.pointer}`;
    const none = value ? {} : { types: new Set<string>(), isNullable: false };
    const made = this.#booleans.get(key) ?? { ...NOTHING, ...at, ...none };
    this.#booleans.set(key, made);
    return made;
  }

  /** A schema that says all that these say. */
  joinNodes(nodes: readonly Node<Json>[]): Node<Json> {
    const [only] = nodes;
    if (only && nodes.length === 1) return only;
    const key = nodes.map(({ pointer }) => pointer).join(' ');
    const known = this.#joined.get(key);
    if (known) return known;
    const value: JsonObject = { allOf: nodes.map((node) => node.value) };
    const made = { value, pointer: only?.pointer ?? '', component: only?.component ?? null };
    this.#joined.set(key, made);
    this.#parts.set(value, nodes);
    return made;
  }

  /** What a schema with one union of its own allows, each with what stands beside the union. */
  alternatives(node: Node<Json>): readonly Node<Json>[] {
    const target = this.document.follow(node);
    const { value } = target;
    const [union, ...more] = this.of(target).unions;
    const isOwn = isObject(value) && (value.oneOf !== undefined || value.anyOf !== undefined);
    if (!union || more.length > 0 || !isOwn) return [target];
    const known = this.#alternatives.get(value);
    if (known) return known;
    const rest = withoutUnions(value, target);
    const nodes = union.members.map((member) =>
      rest === null ? member : this.joinNodes([member, rest]),
    );
    this.#alternatives.set(value, nodes);
    return nodes;
  }

  /** The same for schemas that say the same, references within a circle left as they are. */
  digest(node: Node<Json>): string {
    const { value } = this.document.follow(node);
    if (!isObject(value)) return canonical(value);
    const known = this.#digests.get(value);
    if (known !== undefined) return known;
    this.#digests.set(value, '...');
    const made = hashOf(canonical(this.#unfold(value)));
    this.#digests.set(value, made);
    return made;
  }

  #unfold(value: Json): Json {
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => this.#unfold(item));
    if (!isObject(value)) return value;
    if (typeof value.$ref === 'string') {
      return this.digest({ value, pointer: '', component: null });
    }
    const entries = Object.entries(value).filter(([key]) => !ANNOTATIONS.has(key));
    return Object.fromEntries(entries.map(([key, item]) => [key, this.#unfold(item as Json)]));
  }

  #make(node: Node): Shape {
    const { document } = this;
    const own = this.#ownShape(node);
    const joined = this.#parts.get(node.value) ?? document.listAt(node, 'allOf');
    const { $ref } = node.value;
    const referred = typeof $ref === 'string' ? [document.resolve($ref, node.pointer)] : [];
    const parts = [...referred, ...joined].map((part) => this.of(part));
    const whole = this.#simplifyUnions(parts.reduce((sum, part) => this.#both(sum, part), own));
    // Strictly `nullable` beside `allOf` says nothing in 3.0, and everybody means it.
    const isMeant = document.is30 && node.value.nullable === true && joined.length > 0;
    return isMeant ? { ...whole, isNullable: true } : whole;
  }

  /** `anyOf: [X, {type: null}]` is X or null; a union of one is that one. */
  #simplifyUnions(shape: Shape): Shape {
    let simple: Shape = { ...shape, unions: [] };
    for (const { kind, members } of shape.unions) {
      const real = members.filter((member) => !isNullOnly(member));
      const shapes = real.map((member) => this.of(member));
      const isNullable = real.length < members.length || shapes.some((member) => member.isNullable);
      const [only] = shapes;
      if (only && shapes.length === 1) simple = this.#both(simple, { ...only, isNullable });
      else {
        const unions =
          real.length > 0 ? [...simple.unions, { kind, members: real }] : simple.unions;
        simple = { ...simple, unions, isNullable: simple.isNullable && isNullable };
      }
    }
    return simple;
  }

  #ownShape(node: Node): Shape {
    const { value, pointer, component } = node;
    const { document } = this;
    const { types, hasNull } = typesOf(value.type);
    const nullable30 = document.is30 && value.nullable === true;
    const values = valuesOf(value);
    const listed = values?.includes('null') ?? true;
    const isNullable = types === null ? listed : nullable30 || (hasNull && listed);
    const others = node.value.additionalProperties;
    return {
      pointer,
      component,
      types,
      isNullable,
      format: typeof value.format === 'string' ? value.format : null,
      values: values?.filter((one) => one !== 'null') ?? null,
      isConst: value.const !== undefined,
      limits: limitsOf(value),
      patterns: typeof value.pattern === 'string' ? [value.pattern] : [],
      isUnique: value.uniqueItems === true,
      properties: new Map(propertiesOf(document, node)),
      required: new Set(stringsOf(value.required)),
      others:
        others === undefined || others === true || isEmpty(others)
          ? null
          : { value: others, pointer: join(pointer, 'additionalProperties'), component: null },
      items: document.at(node, 'items') ?? null,
      unions: (['oneOf', 'anyOf'] as const).flatMap((kind) =>
        value[kind] === undefined ? [] : { kind, members: document.listAt(node, kind) },
      ),
      narrowing: narrowingOf(value, (part) => canonical(this.#unfold(part))),
      isReadOnly: value.readOnly === true,
      isWriteOnly: value.writeOnly === true,
      isDeprecated: value.deprecated === true,
      defaultValue: value.default === undefined ? null : canonical(value.default),
    };
  }

  #both(a: Shape, b: Shape): Shape {
    const properties = new Map(a.properties);
    for (const [name, node] of b.properties) {
      const present = properties.get(name);
      properties.set(name, present ? this.joinNodes([present, node]) : node);
    }
    return {
      pointer: a.pointer,
      component: a.component,
      types: intersectTypes(a.types, b.types),
      isNullable: a.isNullable && b.isNullable,
      format: a.format ?? b.format,
      values:
        a.values && b.values
          ? a.values.filter((one) => b.values?.includes(one))
          : (a.values ?? b.values),
      isConst: a.isConst || b.isConst,
      limits: tighterOf(a.limits, b.limits),
      patterns: [...new Set([...a.patterns, ...b.patterns])].toSorted(),
      isUnique: a.isUnique || b.isUnique,
      properties,
      required: new Set([...a.required, ...b.required]),
      others: a.others && b.others ? this.joinNodes([a.others, b.others]) : (a.others ?? b.others),
      items: a.items && b.items ? this.joinNodes([a.items, b.items]) : (a.items ?? b.items),
      unions: [...a.unions, ...b.unions],
      narrowing: joinTexts(a.narrowing, b.narrowing),
      isReadOnly: a.isReadOnly || b.isReadOnly,
      isWriteOnly: a.isWriteOnly || b.isWriteOnly,
      isDeprecated: a.isDeprecated || b.isDeprecated,
      defaultValue: a.defaultValue ?? b.defaultValue,
    };
  }
}

/** What is said beside the unions; null: nothing. */
function withoutUnions(value: JsonObject, { pointer, component }: Node<Json>): Node<Json> | null {
  const { oneOf: _one, anyOf: _any, ...rest } = value;
  const says = Object.keys(rest).some((key) => !ANNOTATIONS.has(key));
  return says ? { value: rest, pointer, component } : null;
}

const ANNOTATIONS = new Set([
  'title',
  'description',
  'example',
  'examples',
  'externalDocs',
  'xml',
  '$comment',
  'discriminator',
  'summary',
]);

function isNullOnly({ value }: Node<Json>): boolean {
  return isObject(value) && (value.type === 'null' || canonical(value.type) === '["null"]');
}

function isEmpty(value: Json): boolean {
  return isObject(value) && Object.keys(value).every((key) => ANNOTATIONS.has(key));
}

function stringsOf(value: Json | undefined): string[] {
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((item) => typeof item === 'string')
    : [];
}

function propertiesOf(document: ApiDocument, node: Node): [string, Node<Json>][] {
  const object = document.objectAt(node, 'properties');
  return Object.entries(object.value).map(([name, value]) => [
    name,
    { value: value as Json, pointer: join(object.pointer, name), component: null },
  ]);
}
