import { execFile } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ProcessRecords } from '../../data-plane/process/process-record.ts';
import { BuildFailure } from './resource/build.ts';
import type { Build, BuildStep, StorageSource } from './resource/build.ts';
import { BuildLog } from './build-log.ts';
import type { BuildStore } from './build-store.ts';
import { pushImages } from './push-images.ts';
import type { PushImage } from './push-images.ts';
import type { Machine } from './machine.ts';
import type { StorageCalls } from './storage-calls.ts';
import { runSteps } from './step/run-steps.ts';

export interface BuildDeps {
  readonly store: BuildStore;
  readonly storage: StorageCalls;
  readonly processes: ProcessRecords;
  readonly push: PushImage;
  readonly machine: Machine;
  /** Of all builds. */
  readonly folder: string;
  readonly now: () => Date;
}

interface Running extends BuildDeps {
  readonly build: Build;
  readonly log: BuildLog;
  /** Of this build. */
  readonly place: string;
  readonly signal: AbortSignal;
}

const MAX_OUTPUT_BYTES = 4096;

/**
 * Runs a queued build to its end: source, steps, images. Aborting `signal` ends its programs;
 * whoever aborts says what became of the build.
 */
export async function runBuild(build: Build, deps: BuildDeps, signal: AbortSignal): Promise<void> {
  const { store, storage, folder, now } = deps;
  const log = new BuildLog(build, storage);
  const place = join(folder, build.id);
  const timeout = AbortSignal.timeout(Number.parseFloat(build.timeout) * 1000);
  const running = { ...deps, build, log, place, signal: AbortSignal.any([signal, timeout]) };
  store.change(build.id, () => ({ status: 'WORKING', startTime: now().toISOString() }));
  const end = await outcomeOf(running, timeout).catch((error: unknown) => error);
  await rm(place, { recursive: true, force: true });
  if (signal.aborted) return;
  log.line(end instanceof BuildFailure ? `ERROR: ${end.message}` : 'DONE');
  const unwritten = await log.flush().catch((error: unknown) => error);
  store.change(build.id, () => ({ ...ending(end, unwritten), finishTime: now().toISOString() }));
}

/** The results, or why there are none. */
async function outcomeOf(running: Running, timeout: AbortSignal): Promise<object> {
  const { build, log, place } = running;
  try {
    log.line(`starting build "${build.id}"\n`);
    await mkdir(join(place, 'workspace'), { recursive: true });
    const { storageSource } = build.source ?? {};
    if (storageSource)
      await timed(running, 'FETCHSOURCE', () => fetchSource(running, storageSource));
    await timed(running, 'BUILD', () => buildSteps(running));
    return await results(running);
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new BuildFailure(
      'TIMEOUT',
      'FAILURE_TYPE_UNSPECIFIED',
      `the build ran longer than its timeout, ${build.timeout}`,
    );
  }
}

async function fetchSource(running: Running, source: StorageSource): Promise<void> {
  const { storage, log, place, build } = running;
  const from = { bucket: `${build.projectId}_cloudbuild`, ...source };
  const url = `gs://${from.bucket}/${from.object}`;
  log.line(`Fetching storage object: ${url}`);
  const file = join(place, 'source');
  try {
    await storage.download(from, file);
    const isZip = from.object.endsWith('.zip');
    const args = isZip ? ['-q', file, '-d'] : ['-xzf', file, '-C'];
    await promisify(execFile)(isZip ? 'unzip' : 'tar', [...args, join(place, 'workspace')]);
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error);
    throw new BuildFailure(
      'FAILURE',
      'FETCH_SOURCE_FAILED',
      `could not resolve source ${url}: ${why}`,
    );
  }
}

async function buildSteps(running: Running): Promise<void> {
  const { build, store, log, place, machine } = running;
  const engine = await machine.engineFor(build);
  const hasProgram = machine.hasProgram(engine);
  const onStep = (index: number, change: Partial<BuildStep>): void => {
    store.change(build.id, ({ steps }) => ({
      steps: steps.map((step, at) => (at === index ? { ...step, ...change } : step)),
    }));
  };
  const step = { folder: place, engine, hasProgram, onStep, onLine: log.line };
  await runSteps(build, { ...running, ...step });
}

async function results(running: Running): Promise<object> {
  const { build, log, place, push, machine } = running;
  const names = build.images ?? [];
  const images =
    names.length === 0
      ? []
      : await timed(running, 'PUSH', async () =>
          pushImages(names, { engine: await machine.engineFor(build), push, onLine: log.line }),
        );
  const outputs = build.steps.map(async (_, index) => readOutput(join(place, `output-${index}`)));
  return {
    buildStepImages: build.steps.map(() => ''),
    buildStepOutputs: await Promise.all(outputs),
    ...(images.length > 0 && { images }),
  };
}

/** What a step wrote to `$BUILDER_OUTPUT/output`, in base64. */
async function readOutput(folder: string): Promise<string> {
  const content = await readFile(join(folder, 'output')).catch(() => Buffer.alloc(0));
  return content.subarray(0, MAX_OUTPUT_BYTES).toString('base64');
}

async function timed<T>(running: Running, phase: string, act: () => Promise<T>): Promise<T> {
  const { store, build, log, now } = running;
  const startTime = now().toISOString();
  log.line(phase);
  try {
    return await act();
  } finally {
    const span = { startTime, endTime: now().toISOString() };
    store.change(build.id, ({ timing }) => ({ timing: { ...timing, [phase]: span } }));
  }
}

function ending(end: unknown, unwritten: unknown): Partial<Build> {
  if (end instanceof BuildFailure)
    return {
      status: end.status,
      statusDetail: end.message,
      failureInfo: { type: end.type, detail: end.message },
    };
  const broken = end instanceof Error ? end : unwritten;
  if (!(broken instanceof Error)) return { status: 'SUCCESS', results: end as object };
  const type = end instanceof Error ? 'FAILURE_TYPE_UNSPECIFIED' : 'LOGGING_FAILURE';
  const failureInfo = { type, detail: broken.message };
  return { status: 'INTERNAL_ERROR', statusDetail: broken.message, failureInfo };
}
