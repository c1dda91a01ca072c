import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inheritedEnv } from '../../../data-plane/process/plan-launch.ts';
import type { Build, BuildStep } from '../resource/build.ts';
import { BuildFailure } from '../resource/build.ts';
import { chooseProgram } from './choose-program.ts';
import type { Chosen } from './choose-program.ts';
import type { StepCommand } from './run-step.ts';
import { valuesOf } from './substitute.ts';

export interface StepPlace {
  /** Of the build: its `workspace` is what `/workspace` is in the cloud. */
  readonly folder: string;
  readonly hasProgram: (program: string) => boolean;
  /** podman or docker. */
  readonly engine: string | null;
}

// Not within a longer path.
const WORKSPACE = /(?<![\w./-])\/workspace(?![\w.-])/g;

/** What to run for a step; makes the folders that it is told of. */
export async function stepCommand(
  build: Build,
  index: number,
  { folder, hasProgram, engine }: StepPlace,
): Promise<StepCommand> {
  const step = build.steps[index] ?? {};
  const workspace = join(folder, 'workspace');
  const here = (text: string): string => text.replaceAll(WORKSPACE, workspace);
  const output = join(folder, `output-${index}`);
  await mkdir(output, { recursive: true });
  const script = step.script && here(step.script);
  const chosen = await chosenProgram(
    { ...step, script },
    join(folder, `script-${index}`),
    hasProgram,
  );
  const isEngine = chosen.program === 'docker';
  const env = {
    // The engine finds its runtime and settings by variables of its user's.
    ...(isEngine ? (process.env as Record<string, string>) : inheritedEnv()),
    ...readEnv(build, step),
    BUILDER_OUTPUT: output,
  };
  return {
    id: `${build.id}-${index}`,
    program: isEngine && engine !== null ? engine : here(chosen.program),
    args: chosen.args.map(here),
    folder: await stepFolder(workspace, here(step.dir ?? '')),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, here(value)])),
  };
}

async function chosenProgram(
  step: BuildStep,
  file: string,
  hasProgram: StepPlace['hasProgram'],
): Promise<Chosen> {
  if (step.script === undefined) {
    const chosen = chooseProgram(step, hasProgram);
    if (chosen) return chosen;
    throw new BuildFailure('FAILURE', 'USER_BUILD_STEP', `there is no program for ${step.name}`);
  }
  await writeFile(file, step.script, { mode: 0o700 });
  return step.script.startsWith('#!')
    ? { program: file, args: [] }
    : { program: 'sh', args: [file] };
}

function readEnv(build: Build, step: BuildStep): Readonly<Record<string, string>> {
  const { options = {} } = build;
  const isMapped = step.automapSubstitutions ?? options.automapSubstitutions ?? false;
  const pairs = [...(options.env ?? []), ...(step.env ?? [])].map((pair) => {
    const at = pair.indexOf('=');
    return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
  });
  return {
    ...(isMapped && valuesOf(build)),
    ...(Object.fromEntries(pairs) as Record<string, string>),
  };
}

async function stepFolder(workspace: string, dir: string): Promise<string> {
  const folder = resolve(workspace, dir);
  if (folder !== workspace && !folder.startsWith(`${workspace}/`))
    throw new BuildFailure('FAILURE', 'USER_BUILD_STEP', `the dir ${dir} is not below /workspace`);
  await mkdir(folder, { recursive: true });
  return folder;
}
