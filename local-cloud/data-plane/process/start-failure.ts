import type { ChildProcess } from 'node:child_process';
import type { StartupProbe } from '../data-plane.ts';

/** Cloud Run's words: cloud.google.com/run/docs/troubleshooting, "Container failed to start". */
export function exitedEarly(port: number, child: ChildProcess | undefined): string {
  const end =
    child?.exitCode === null || child?.exitCode === undefined
      ? `Container was terminated by ${child?.signalCode ?? 'a signal'}.`
      : `Container called exit(${child.exitCode}).`;
  return `${notListening(port)} ${end}`;
}

export function probeFailed(port: number, probe: StartupProbe): string {
  if (probe.path === undefined) return notListening(port);
  return `The user-provided container failed the configured startup probe checks (GET ${probe.path}).`;
}

export function withOutput(reason: string, output: string): string {
  return output === '' ? `${reason} It wrote nothing.` : `${reason} Its last output:\n${output}`;
}

function notListening(port: number): string {
  return `The user-provided container failed to start and listen on the port defined provided by the PORT=${port} environment variable within the allocated timeout.`;
}
