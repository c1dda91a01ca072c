import type { CloudBuild } from './cloud-build-request.ts';
import { BUILD_TIMEOUT_SECONDS } from './cloud-build-request.ts';
import type { CloudClients } from './cloud-clients.ts';
import { buildFailed } from './run-step.ts';
import type { StepDeps } from './run-step.ts';
import { LogTail } from './log-tail.ts';

export type AwaitDeps = CloudClients & Pick<StepDeps, 'onLine' | 'signal'>;

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 5000;
/** Cloud Build ends a build at its timeout; this is for when it does not tell. */
const GRACE_MS = 120_000;
const UNDER_WAY = new Set(['PENDING', 'QUEUED', 'WORKING', 'STATUS_UNKNOWN']);

/**
 * Follows a build to its success. Aborting cancels it.
 * @throws build_failed with its last lines
 */
export async function awaitBuild(begun: CloudBuild, deps: AwaitDeps): Promise<CloudBuild> {
  const { clock, signal } = deps;
  const tail = new LogTail(deps.bucket.file(`logs/log-${begun.id}.txt`), deps.onLine);
  const deadlineMs = clock.now().getTime() + BUILD_TIMEOUT_SECONDS * 1000 + GRACE_MS;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(MAX_DELAY_MS, delayMs * 1.5)) {
    if (signal?.aborted) await cancel(begun, deps);
    signal?.throwIfAborted();
    const [build] = await deps.client.getBuild(keyOf(begun));
    await tail.read();
    if (build.status === 'SUCCESS') return build;
    if (!UNDER_WAY.has(String(build.status))) throw failed({ ...build, id: begun.id }, tail);
    if (clock.now().getTime() > deadlineMs) throw failed({ ...build, id: begun.id }, tail);
    await clock.sleep(delayMs, signal).catch(() => undefined);
  }
}

function keyOf({ name, projectId, id }: CloudBuild) {
  return { ...(name && { name }), projectId, id };
}

async function cancel(build: CloudBuild, { client }: AwaitDeps): Promise<void> {
  await client.cancelBuild(keyOf(build));
}

function failed({ id, status, statusDetail, logUrl }: CloudBuild, tail: LogTail): Error {
  const detail = statusDetail ? ` (${statusDetail})` : '';
  const what = `Cloud Build ended ${id} with ${String(status)}${detail}`;
  return buildFailed(what, tail.lastLines, logUrl ? `The whole log: ${logUrl}` : undefined);
}
