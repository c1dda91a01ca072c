import type { Fault } from 'base/document/explain-issue.ts';
import type { Environment } from '../rollout-spec.ts';

/** A fault at a key of any level; `key` is the last part of its path. */
export type LooseFault = Omit<Fault, 'path'> & { readonly key: string };

const HOUR_MS = 3_600_000;
/** Source: https://cloud.google.com/run/docs/configuring/services/memory-limits */
const CPUS_FOR_MEMORY: readonly (readonly [overMib: number, cpus: number])[] = [
  [24_576, 8],
  [16_384, 6],
  [8_192, 4],
  [4_096, 2],
];
/** Source: https://cloud.google.com/run/docs/configuring/services/cpu */
const MEMORY_FOR_CPUS: readonly (readonly [cpus: number, mib: number])[] = [
  [6, 4_096],
  [4, 2_048],
];

/** What Cloud Run would refuse, or what contradicts itself, in one environment of a service. */
export function checkRuntime({ runtime }: Environment): LooseFault[] {
  const faults = [...checkSize(runtime), ...checkNames(runtime)];
  const { minInstances, maxInstances, timeoutMs } = runtime;
  if (minInstances > maxInstances) {
    const message = `'minInstances' is ${minInstances}`;
    faults.push({
      key: 'minInstances',
      message,
      expected: `at most maxInstances, ${maxInstances}`,
    });
  }
  if (timeoutMs > HOUR_MS) {
    const message = `'timeout' is ${timeoutMs / 60_000}m`;
    faults.push({ key: 'timeout', message, expected: 'at most 1h, as Cloud Run allows' });
  }
  return faults;
}

function checkSize(runtime: Environment['runtime']): LooseFault[] {
  const cpus = runtime.cpu.endsWith('m') ? Number.parseInt(runtime.cpu) / 1000 : +runtime.cpu;
  const mib = Number.parseInt(runtime.memory) * (runtime.memory.endsWith('Gi') ? 1024 : 1);
  const memory = (expected: string) => [
    { key: 'memory', message: `'memory' is ${runtime.memory}`, expected },
  ];
  if (![1, 2, 4, 6, 8].includes(cpus) && !(cpus >= 0.08 && cpus < 1)) {
    return [
      { key: 'cpu', message: `'cpu' is ${runtime.cpu}`, expected: '0.08 to 1, 2, 4, 6 or 8' },
    ];
  }
  if (cpus < 1 && runtime.concurrency > 1) {
    const message = `'cpu' is ${runtime.cpu} with a concurrency of ${runtime.concurrency}`;
    return [{ key: 'cpu', message, expected: 'at least 1, or concurrency: 1' }];
  }
  if (mib > 32_768) return memory('at most 32Gi');
  const [, needed] = CPUS_FOR_MEMORY.find(([overMib]) => mib > overMib) ?? [0, 0];
  if (cpus < needed) return memory(`less, or cpu: ${needed}`);
  const [, neededMib] = MEMORY_FOR_CPUS.find(([from]) => cpus >= from) ?? [0, 0];
  return mib < neededMib ? memory(`at least ${neededMib / 1024}Gi with ${cpus} CPUs`) : [];
}

function checkNames({ env, secrets }: Environment['runtime']): LooseFault[] {
  return Object.keys(secrets)
    .filter((name) => Object.hasOwn(env, name))
    .map((name) => ({ key: 'secrets', message: `'${name}' is in env and in secrets` }));
}
