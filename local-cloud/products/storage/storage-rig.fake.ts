import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from 'base/clock.ts';
import { Storage } from '@google-cloud/storage';
import type { Bucket } from '@google-cloud/storage';
import { Records } from '../../control-plane/records.ts';
import { FaultBook } from '../../fault/fault-book.ts';
import { startToyCloud } from '../../protocol/toy-cloud.fake.ts';
import { openObjectStore, openStorage } from './open-storage.ts';

export interface StorageRig {
  readonly faults: FaultBook;
  /** `http://127.0.0.1:PORT` */
  readonly rest: string;
  /** `journal`, as Google's client has it, which does not repeat anything. */
  readonly bucket: Bucket;
  close(): Promise<void>;
}

export const now = new Date('2026-01-02T03:04:05.006Z');

export function makeHome(): { home: string; remove: () => void } {
  const home = mkdtempSync(join(tmpdir(), 'local-cloud-storage-'));
  return { home, remove: () => rmSync(home, { recursive: true }) };
}

/** Cloud Storage alone, with its state in `home` and a clock that stands. */
export async function openRig(home: string): Promise<StorageRig> {
  const records = Records.open(home);
  if (!records) throw new Error(`${home} is in use`);
  const faults = new FaultBook({ records, random: () => 0 });
  const clock = { ...systemClock, now: () => now };
  const product = openStorage(openObjectStore({ home, clock }), { faults });
  const cloud = await startToyCloud({ routes: product.routes ?? [] });
  const rest = `http://127.0.0.1:${cloud.restPort}`;
  const options = { projectId: 'p', apiEndpoint: rest, retryOptions: { autoRetry: false } };
  return {
    faults,
    rest,
    bucket: new Storage(options).bucket('journal'),
    async close() {
      await cloud.close();
      await product.close?.();
      records.close();
    },
  };
}

/** Of a call that is refused: its status and reason; else `done`. */
export function statusOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'done',
    (error: { code?: unknown; errors?: readonly { reason?: string }[] }) => [
      error.code,
      error.errors?.[0]?.reason,
    ],
  );
}
