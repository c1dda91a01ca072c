import type { BuildStep } from '../resource/build.ts';

/** What stands for a builder here. */
export interface Builder {
  /** Runs with the arguments. */
  readonly program: string;
  /** The first argument is the program instead when it is one, as an image's command. */
  readonly isShell?: boolean;
}

export interface Chosen {
  readonly program: string;
  readonly args: readonly string[];
}

const OF_GOOGLE = /^gcr\.io\/cloud-builders\/([a-z0-9-]+)$/;
/** `shell` images have no program of their own. */
const IMAGES: Readonly<Record<string, Builder>> = {
  bash: { program: 'bash', isShell: true },
  sh: { program: 'sh', isShell: true },
  node: { program: 'node', isShell: true },
  npm: { program: 'npm' },
  python: { program: 'python3', isShell: true },
  git: { program: 'git' },
  ubuntu: { program: 'sh', isShell: true },
  debian: { program: 'sh', isShell: true },
  alpine: { program: 'sh', isShell: true },
  busybox: { program: 'sh', isShell: true },
  'gcr.io/google.com/cloudsdktool/cloud-sdk': { program: 'sh', isShell: true },
  'gcr.io/google.com/cloudsdktool/google-cloud-cli': { program: 'sh', isShell: true },
};

/** The names of images that stand for programs of this machine. */
export const builders = ['gcr.io/cloud-builders/PROGRAM', ...Object.keys(IMAGES)];

/**
 * The program of this machine that a step stands for; null when its builder stands for none that
 * is there.
 */
export function chooseProgram(
  step: BuildStep,
  hasProgram: (program: string) => boolean,
): Chosen | null {
  const builder = findBuilder(step.name ?? '');
  if (builder === null) return null;
  const { args = [], entrypoint } = step;
  const [first, ...rest] = args;
  const isCommand = builder.isShell && first !== undefined && !first.startsWith('-');
  const chosen =
    entrypoint === undefined && isCommand && hasProgram(first)
      ? { program: first, args: rest }
      : { program: entrypoint ?? builder.program, args };
  return hasProgram(chosen.program) ? chosen : null;
}

/** Of the same image whatever its tag or digest. */
function findBuilder(name: string): Builder | null {
  const image = name
    .replace(/@.*$/, '')
    .replace(/:[^/:]+$/, '')
    .replace(/^docker\.io\/(library\/)?/, '');
  const program = OF_GOOGLE.exec(image)?.[1];
  if (program !== undefined) return { program };
  return IMAGES[image] ?? null;
}
