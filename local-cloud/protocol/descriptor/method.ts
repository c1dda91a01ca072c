import type { DescMethod, FileRegistry } from '@bufbuild/protobuf';
import { parsePathTemplate } from './path-template.ts';
import type { PathTemplate } from './path-template.ts';
import { readOption } from './read-option.ts';
import { serviceConfigRules } from './service-config-rules.ts';
import type { HttpRule } from './service-config-rules.ts';

/** One method as the protos describe it. */
export interface Method {
  readonly service: string;
  readonly name: string;
  readonly desc: DescMethod;
  /** How REST reaches it; the first is the main one. */
  readonly bindings: readonly Binding[];
  /** Null when the routing header follows from the bindings instead (AIP-4222). */
  readonly routing: readonly RoutingParameter[] | null;
}

export interface Binding {
  readonly verb: string;
  readonly path: PathTemplate;
  /** Empty: everything comes in the query; `*`: all of the request; else one of its fields. */
  readonly body: string;
}

interface RoutingParameter {
  readonly field: string;
  readonly path: PathTemplate;
}

interface RoutingRule {
  readonly routingParameters?: readonly {
    readonly field: string;
    readonly pathTemplate?: string;
  }[];
}

/** The methods of all services in these files. */
export function readMethods(registry: FileRegistry, files: readonly string[]): readonly Method[] {
  return [...registry.files]
    .filter((file) => files.includes(`${file.name}.proto`))
    .flatMap((file) => file.services)
    .flatMap((service) => service.methods)
    .map((desc) => readMethod(registry, desc));
}

function readMethod(registry: FileRegistry, desc: DescMethod): Method {
  const service = desc.parent.typeName;
  const declared = readOption(registry, desc, 'google.api.http') as HttpRule | undefined;
  const rules = [declared, ...(serviceConfigRules[`${service}.${desc.name}`] ?? [])];
  const routing = readOption(registry, desc, 'google.api.routing') as RoutingRule | undefined;
  return {
    service,
    name: desc.name,
    desc,
    bindings: rules.filter((rule) => rule !== undefined).flatMap(readBindings),
    routing: routing === undefined ? null : (routing.routingParameters ?? []).map(readParameter),
  };
}

function readBindings(rule: HttpRule): readonly Binding[] {
  const own = (['get', 'put', 'post', 'delete', 'patch'] as const).flatMap((verb) => {
    const path = rule[verb];
    if (path === undefined) return [];
    return [{ verb: verb.toUpperCase(), path: parsePathTemplate(path), body: rule.body ?? '' }];
  });
  return [...own, ...(rule.additionalBindings ?? []).flatMap(readBindings)];
}

function readParameter(rule: { field: string; pathTemplate?: string }): RoutingParameter {
  const path = parsePathTemplate(rule.pathTemplate ?? `{${rule.field}=**}`);
  return { field: rule.field, path };
}
