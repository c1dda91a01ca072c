import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { fail } from '../../engine/error-codes.ts';
import type { ServiceRef } from '../../engine/plan/have.ts';
import { configError } from '../../engine/service/config-error.ts';
import { loadRolloutFile } from '../../engine/service/load-rollout-file.ts';
import type { Environment, RolloutFile, ServiceSpec } from '../../engine/service/rollout-spec.ts';
import type { Invocation } from '../invocation.ts';

/** Where a command acts: an environment of rollout.yaml, or a service named whole by options. */
export interface TargetOptions {
  readonly file: string;
  readonly service?: string;
  readonly project?: string;
  readonly region?: string;
  readonly local?: boolean;
}

/** A service of rollout.yaml in one environment. */
export interface DeployTarget {
  readonly ref: ServiceRef;
  readonly service: ServiceSpec;
  readonly environment: Environment;
  /** Of rollout.yaml, absolute. */
  readonly folder: string;
  /** All services of the file were meant, and only those that changed are shipped. */
  readonly isOneOfSeveral: boolean;
}

export interface Target {
  readonly ref: ServiceRef;
  /** Where tests and builds start. */
  readonly folder: string;
  /** Null when the options named the service and no file was read. */
  readonly declared: DeployTarget | null;
}

export function addTargetOptions(command: Command): Command {
  return command
    .argument('[environment]', 'of rollout.yaml; not needed when it declares only one')
    .option('--file <path>', 'the rollout.yaml', 'rollout.yaml')
    .option('--service <name>', 'which service')
    .option('--project <id>', 'Google project instead of the environment’s')
    .option('--region <region>', 'region instead of the environment’s')
    .addOption(new Option('--local', 'on local-cloud instead of the project'));
}

/** With service, project and region there is no need of a rollout.yaml. */
export async function resolveTarget(
  invocation: Invocation,
  environmentName: string | undefined,
  options: TargetOptions,
): Promise<Target> {
  const { service, region } = options;
  const project = options.local ? 'local' : options.project;
  if (environmentName === undefined && service && project && region) {
    return { ref: { project, region, service }, folder: invocation.folder, declared: null };
  }
  const [declared, ...others] = await resolveDeclared(invocation, environmentName, options);
  if (!declared || others.length > 0) throw unclearService([declared, ...others]);
  return { ref: declared.ref, folder: declared.folder, declared };
}

/** Every service that the options leave, in the order in which they are shipped. */
export async function resolveDeclared(
  invocation: Invocation,
  environmentName: string | undefined,
  options: TargetOptions,
): Promise<DeployTarget[]> {
  const path = resolve(invocation.folder, options.file);
  const services = pickServices(await readRolloutFile(path, options.file), options.service);
  return services.map((service) => {
    const environment = withOverrides(pickEnvironment(service, environmentName), options);
    const { project, region } = environment;
    const ref = { project, region, service: service.name };
    return {
      ref,
      service,
      environment,
      folder: dirname(path),
      isOneOfSeveral: services.length > 1,
    };
  });
}

/** Where a person is asked first: what needs approval, or is named so. */
export function isProduction({ environment }: Pick<DeployTarget, 'environment'>): boolean {
  return environment.approval || /^prod(uction)?$/.test(environment.name);
}

export async function readRolloutFile(path: string, shown: string): Promise<RolloutFile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw fail('config_absent', `There is no ${shown} here`, {
      hint: 'Run `rollout init` to write one, or name the service with --service, --project and --region.',
      cause,
    });
  });
  const { file, problems } = loadRolloutFile(text, shown);
  if (file === null) throw configError(problems);
  return file;
}

function pickServices(file: RolloutFile, name: string | undefined): readonly ServiceSpec[] {
  if (name === undefined) return file.services;
  const service = file.services.find((one) => one.name === name);
  if (service) return [service];
  const known = file.services.map((one) => one.name).join(', ');
  throw fail('service_unknown', `rollout.yaml declares no service '${name}'`, {
    hint: `It declares ${known}.`,
  });
}

export function pickEnvironment(service: ServiceSpec, name: string | undefined): Environment {
  const environments = Object.values(service.environments);
  const known = environments.map((one) => one.name).join(', ');
  const [only, ...others] = environments;
  if (name === undefined && only && others.length === 0) return only;
  if (name === undefined) {
    throw fail('flag_invalid', 'Which environment?', { hint: `rollout.yaml declares ${known}.` });
  }
  const environment = environments.find((one) => one.name === name);
  if (environment) return environment;
  throw fail('environment_absent', `${service.name} has no environment '${name}'`, {
    hint: `rollout.yaml declares ${known}.`,
  });
}

function withOverrides(environment: Environment, options: TargetOptions): Environment {
  const { project, region } = options;
  return {
    ...environment,
    ...(project !== undefined && { project }),
    ...(region !== undefined && { region }),
    ...(options.local && { project: 'local' }),
  };
}

function unclearService(targets: readonly (DeployTarget | undefined)[]): Error {
  const names = targets.flatMap((target) => target?.ref.service ?? []);
  return fail('flag_invalid', `Which service? rollout.yaml declares ${names.length}`, {
    hint: `Add --service with one of ${names.join(', ')}.`,
  });
}
