import type { ScheduledCall } from '../scheduled-call.ts';
import type { BuildDocument, RolloutDocument } from '../document/rollout-document.ts';
import { layersOf } from './layer.ts';
import type { Layer } from './layer.ts';
import { resolveStrategy } from './resolve-strategy.ts';
import type {
  Build,
  Check,
  Environment,
  Gates,
  RolloutFile,
  Runtime,
  ServiceSpec,
  Suite,
} from '../rollout-spec.ts';

/** What a document without mistakes comes to: defaults filled in, levels laid over each other. */
export function resolveFile(document: RolloutDocument): RolloutFile {
  const names = document.services?.map(({ name }) => name) ?? [document.service ?? ''];
  return { services: names.map((name, index) => resolveService(document, name, index)) };
}

function resolveService(document: RolloutDocument, name: string, index: number): ServiceSpec {
  const own = document.services?.[index];
  const environments = Object.keys(document.environments).map(
    (environment) =>
      [environment, resolveEnvironment(document, environment, { name, index })] as const,
  );
  return {
    name,
    paths: own?.paths ?? document.paths ?? [],
    build: toBuild(own?.build ?? document.build),
    suites: mapValues({ ...document.suites, ...own?.suites }, toSuite),
    environments: Object.fromEntries(environments),
  };
}

function resolveEnvironment(
  document: RolloutDocument,
  name: string,
  service: { readonly name: string; readonly index: number },
): Environment {
  const layers = layersOf(document, service.index, name);
  const declared = document.environments[name];
  const project = declared?.project ?? '';
  return {
    name,
    project,
    region: declared?.region ?? 'us-central1',
    branches: declared?.branches ?? [],
    approval: declared?.approval ?? false,
    // A process of local-cloud needs none, but the platform wants a name.
    image: closest(layers, 'image') ?? `local/${service.name}`,
    runtime: toRuntime(layers),
    gates: toGates(layers),
    strategy: resolveStrategy(closest(layers, 'strategy')),
    scheduler: mapValues(closest(layers, 'scheduler') ?? {}, toCall),
  };
}

/** The value of the closest level that has the key. */
function closest<K extends keyof Layer['value']>(
  layers: readonly Layer[],
  key: K,
): Layer['value'][K] {
  return layers.findLast(({ value }) => value[key] !== undefined)?.value[key];
}

function toRuntime(layers: readonly Layer[]): Runtime {
  const probes = Object.assign({}, ...layers.map(({ value }) => value.probes ?? {})) as NonNullable<
    Layer['value']['probes']
  >;
  return {
    cpu: closest(layers, 'cpu') ?? '1',
    memory: closest(layers, 'memory') ?? '512Mi',
    concurrency: closest(layers, 'concurrency') ?? 80,
    timeoutMs: closest(layers, 'timeout') ?? 300_000,
    minInstances: closest(layers, 'minInstances') ?? 0,
    maxInstances: closest(layers, 'maxInstances') ?? 100,
    env: Object.assign({}, ...layers.map(({ value }) => value.env)) as Runtime['env'],
    envFile: closest(layers, 'envFile') ?? null,
    secrets: Object.assign({}, ...layers.map(({ value }) => value.secrets)) as Runtime['secrets'],
    serviceAccount: closest(layers, 'serviceAccount') ?? null,
    command: closest(layers, 'command') ?? [],
    args: closest(layers, 'args') ?? [],
    workingDir: closest(layers, 'workingDir') ?? null,
    port: closest(layers, 'port') ?? 8080,
    startupPath: probes.startup ?? null,
    livenessPath: probes.liveness ?? null,
  };
}

function toGates(layers: readonly Layer[]): Gates {
  const all = layers.flatMap(({ value }) => value.gates ?? []);
  return {
    tests: all.findLast(({ tests }) => tests !== undefined)?.tests ?? null,
    freezes: all.flatMap(({ freeze }) => freeze ?? []),
  };
}

function toBuild(build: BuildDocument = { kind: 'none' }): Build {
  return build.kind === 'cloud-build' ? { ...build, file: build.file ?? null } : build;
}

function toSuite(checks: NonNullable<RolloutDocument['suites']>[string]): Suite {
  return checks.map(({ name, body, contains, maxLatency, ...check }): Check => ({
    ...check,
    name: name ?? `${check.method} ${check.path}`,
    body: body ?? null,
    contains: contains ?? null,
    maxLatencyMs: maxLatency,
  }));
}

function toCall(call: NonNullable<RolloutDocument['scheduler']>[string]): ScheduledCall {
  const { body, serviceAccount, backoff, deadline, ...rest } = call;
  return {
    ...rest,
    body: body ?? null,
    serviceAccount: serviceAccount ?? null,
    backoff: { fromMs: backoff.from, toMs: backoff.to, doublings: backoff.doublings },
    deadlineMs: deadline,
  };
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, map: (value: T) => U) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}
