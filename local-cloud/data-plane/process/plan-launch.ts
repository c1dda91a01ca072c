import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DesiredRevision } from '../data-plane.ts';

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** The program that runs containers, when this is one. */
  readonly engine?: string;
}

const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'USER', 'SystemRoot', 'NODE_EXTRA_CA_CERTS'];

const ENGINES = ['podman', 'docker'];
const ENGINE_ANSWER_MS = 5000;

/**
 * How to start an instance: its command as a process of this machine or, without a command, its
 * image in a container that listens on the same port.
 * @throws Error with the reason when a container is needed and cannot be had
 */
export async function planLaunch(
  revision: DesiredRevision,
  { env, container }: { env: Readonly<Record<string, string>>; container: string },
): Promise<Launch> {
  const whole = { ...inheritedEnv(), ...env };
  const [file, ...rest] = revision.command;
  const { workingDir } = revision;
  if (file !== undefined)
    return { file, args: [...rest, ...revision.args], env: whole, workingDir };
  const engine = await findEngine();
  if (engine === undefined) throw new Error(noEngine(revision.image));
  // The client finds its daemon, runtime and settings by variables of its user's; the container
  // gets only those that its arguments name.
  const ofUser = { ...(process.env as Record<string, string>), ...env };
  return { file: engine, args: containerArgs(revision, env, container), env: ofUser, engine };
}

/** What a program may know of the machine: how to find others and where to put files. */
export function inheritedEnv(): Readonly<Record<string, string>> {
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(inherited) as Record<string, string>;
}

function containerArgs(
  { image, args, workingDir }: DesiredRevision,
  env: Readonly<Record<string, string>>,
  name: string,
): string[] {
  // Only names: the values come from the environment of the client, where `ps` does not show them.
  const names = Object.keys(env).flatMap((variable) => ['--env', variable]);
  const place = workingDir === undefined ? [] : ['--workdir', workingDir];
  const publish = `127.0.0.1:${env.PORT}:${env.PORT}`;
  const options = ['--rm', '--init', '--name', name, '--publish', publish, ...names, ...place];
  return ['run', ...options, image, ...args];
}

/** The first container engine that answers: a client without its daemon does not count. */
export async function findEngine(): Promise<string | undefined> {
  for (const engine of ENGINES) {
    try {
      await promisify(execFile)(engine, ['info'], { timeout: ENGINE_ANSWER_MS });
      return engine;
    } catch {
      // Not installed, or without its daemon: the next.
    }
  }
  return undefined;
}

function noEngine(image: string): string {
  return `Image '${image}' needs podman or docker to run, and neither answers on this machine. Give the container a command to run it as a process instead.`;
}
