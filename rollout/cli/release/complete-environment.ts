import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail } from '../../engine/error-codes.ts';
import { configError } from '../../engine/service/config-error.ts';
import { parseEnvFile } from '../../engine/service/parse-env-file.ts';
import type { Environment } from '../../engine/service/rollout-spec.ts';

/** An environment with what stands in files of its folder: any machine can go on with it. */
export async function completeEnvironment(
  environment: Environment,
  folder: string,
): Promise<Environment> {
  const { runtime, project } = environment;
  const fromFile = runtime.envFile === null ? {} : await readEnvFile(folder, runtime.envFile);
  // An image that runs as a container has none of the folders of this machine.
  const isProcess = project === 'local' && runtime.command.length > 0;
  const workingDir = isProcess ? resolve(folder, runtime.workingDir ?? '.') : null;
  return {
    ...environment,
    runtime: { ...runtime, env: { ...fromFile, ...runtime.env }, envFile: null, workingDir },
  };
}

async function readEnvFile(
  folder: string,
  path: string,
): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(resolve(folder, path), 'utf8').catch((cause: unknown) => {
    throw fail('config_invalid', `The envFile '${path}' of rollout.yaml cannot be read`, {
      hint: 'Write it beside rollout.yaml, as lines of NAME=value, or take envFile away.',
      cause,
    });
  });
  const { env, problems } = parseEnvFile(path, text);
  if (problems.length > 0) throw configError(problems);
  return env;
}
