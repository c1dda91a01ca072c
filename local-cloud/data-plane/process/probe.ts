import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { StartupProbe } from '../data-plane.ts';

/** While nothing listens, an attempt looks again after this, up to its timeout. */
const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 100;

/**
 * Resolves with whether the probe succeeds before its threshold. A connection that is refused is
 * tried again within the same attempt: Cloud Run's default is one attempt of 240 s.
 */
export async function awaitStartup(
  probe: StartupProbe,
  port: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (let failures = 0; failures < probe.failureThreshold; failures++) {
    const startedAtMs = performance.now();
    if (await attempt(probe, port, signal)) return true;
    const leftMs = probe.periodMs - (performance.now() - startedAtMs);
    if (failures + 1 < probe.failureThreshold)
      await wait(Math.max(0, leftMs), undefined, { signal });
  }
  return false;
}

async function attempt(probe: StartupProbe, port: number, signal: AbortSignal): Promise<boolean> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(probe.timeoutMs)]);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, MAX_PAUSE_MS)) {
    const answer = await probeOnce(probe.path, port, deadline);
    signal.throwIfAborted();
    if (answer !== 'refused') return answer === 'ok';
    try {
      await wait(pauseMs, undefined, { signal: deadline });
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }
}

/** One look: a connection, or an answer of less than 400 when there is a path. */
export async function probeOnce(
  path: string | undefined,
  port: number,
  signal: AbortSignal,
): Promise<'ok' | 'bad' | 'refused'> {
  try {
    const isGood =
      path === undefined ? await connects(port, signal) : await answers(path, port, signal);
    return isGood ? 'ok' : 'bad';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'refused' : 'bad';
  }
}

async function connects(port: number, signal: AbortSignal): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', signal });
  try {
    await once(socket, 'connect', { signal });
    return true;
  } finally {
    socket.destroy();
  }
}

async function answers(path: string, port: number, signal: AbortSignal): Promise<boolean> {
  const sent = request({ port, host: '127.0.0.1', path, signal, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
  response.resume();
  return response.statusCode >= 200 && response.statusCode < 400;
}
