import type { Fault } from 'base/document/explain-issue.ts';
import { nearest } from 'base/document/nearest.ts';
import { orList } from 'base/document/show-value.ts';
import type { RolloutDocument } from '../document/rollout-document.ts';
import { layersOf } from '../resolve/layer.ts';
import type { Layer } from '../resolve/layer.ts';
import { resolveFile } from '../resolve/resolve-file.ts';
import type { Environment, ServiceSpec } from '../rollout-spec.ts';
import { checkPlatform } from './check-platform.ts';
import { checkRuntime } from './check-runtime.ts';
import type { LooseFault } from './check-runtime.ts';
import { checkStrategy } from './check-strategy.ts';

/** Mistakes that no single key shows, all of them. */
export function checkDocument(document: RolloutDocument): Fault[] {
  const faults = [
    ...checkServices(document),
    ...checkRegions(document),
    ...levelsOf(document).flatMap(checkLevel),
    ...resolveFile(document).services.flatMap((service, index) =>
      Object.values(service.environments).flatMap((environment) => {
        const layers = layersOf(document, index, environment.name);
        return checkTogether(service, environment).map((fault) => place(layers, fault));
      }),
    ),
  ];
  // What a shared level has wrong is wrong in each environment.
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
}

function checkServices(document: RolloutDocument): Fault[] {
  const faults: Fault[] = [];
  const { service, services } = document;
  if (service !== undefined && services) {
    const message = "'service' stands beside 'services'";
    faults.push({ path: ['service'], atKey: true, message, expected: 'one of the two' });
  }
  if (service === undefined && !services) {
    const expected = 'the name of the service, or services with several';
    faults.push({ path: ['service'], atKey: true, message: "'service' is missing", expected });
  }
  for (const [index, { name, environments }] of (services ?? []).entries()) {
    if (services?.findIndex((other) => other.name === name) !== index) {
      const message = `'name' is '${name}', as of another service`;
      faults.push({ path: ['services', index, 'name'], message, expected: 'a name of its own' });
    }
    for (const environment of Object.keys(environments ?? {})) {
      if (Object.hasOwn(document.environments, environment)) continue;
      faults.push({
        path: ['services', index, 'environments', environment],
        atKey: true,
        ...unknownName('environment', environment, Object.keys(document.environments)),
      });
    }
  }
  return faults;
}

function checkRegions({ environments }: RolloutDocument): Fault[] {
  const lacking = Object.entries(environments).filter(
    ([, { project, region }]) => project !== 'local' && region === undefined,
  );
  return lacking.map(([name]) => ({
    path: ['environments', name, 'region'],
    atKey: true,
    message: "'region' is missing",
    expected: 'a region such as europe-west1',
  }));
}

function unknownName(kind: string, name: string, known: readonly string[]) {
  const near = nearest(name, known);
  return {
    message: `there is no ${kind} '${name}'`,
    expected: known.length > 0 ? orList(known) : `it among ${kind}s`,
    ...(near && { suggestion: `did you mean '${near}'?` }),
  };
}

/** Every level that decides something, once. */
function levelsOf(document: RolloutDocument): Layer[] {
  const environments = Object.keys(document.environments);
  const all = (document.services ?? [undefined]).flatMap((_, index) =>
    environments.flatMap((name) => layersOf(document, index, name)),
  );
  return [...new Map(all.map((layer) => [layer.path.join('/'), layer])).values()];
}

function checkLevel({ path, value }: Layer): Fault[] {
  const freezes = value.gates?.freeze ?? [];
  return [
    ...(value.strategy ? checkStrategy([...path, 'strategy'], value.strategy) : []),
    ...freezes.flatMap((freeze, index) =>
      freeze.kind === 'weekly' || freeze.from < freeze.until
        ? []
        : {
            path: [...path, 'gates', 'freeze', index, 'until'],
            message: "'until' is not after 'from'",
            expected: 'a later moment',
          },
    ),
  ];
}

function checkTogether(service: ServiceSpec, environment: Environment): LooseFault[] {
  const { suite } = environment.strategy.prove;
  const known = Object.keys(service.suites);
  const isUnknown = suite !== null && !known.includes(suite);
  return [
    ...checkRuntime(environment),
    ...checkPlatform(service, environment),
    ...(isUnknown ? [{ key: 'strategy', ...unknownName('suite', suite, known) }] : []),
  ];
}

/** At the closest level that has the key; at the environment when none has. */
function place(layers: readonly Layer[], { key, ...fault }: LooseFault): Fault {
  const holder = layers.findLast(({ value }) => Object.hasOwn(value, key));
  if (holder) {
    const inner = key === 'strategy' ? ['prove', 'suite'] : [];
    return { ...fault, path: [...holder.path, key, ...inner] };
  }
  const environment = layers.find(({ path }) => path[0] === 'environments');
  return { ...fault, atKey: true, path: [...(environment?.path ?? []), key] };
}
