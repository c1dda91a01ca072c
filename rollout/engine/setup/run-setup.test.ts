import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePiece } from './piece.ts';
import type { Piece } from './piece.ts';
import { runSetup } from './run-setup.ts';
import type { PieceState } from './run-setup.ts';
import { SetupPlatformFake } from './setup-platform.fake.ts';

const WANTED: readonly Piece[] = [
  { kind: 'api', name: 'bigquery.googleapis.com' },
  { kind: 'account', name: 'shop-run', title: 'Runs shop' },
  { kind: 'topic', name: 'events' },
  { kind: 'dataset', name: 'metadata' },
];
const NAMES = WANTED.map(describePiece);
const [API = '', ACCOUNT = '', TOPIC = '', DATASET = ''] = NAMES;

async function setUp(platform: SetupPlatformFake, isDryRun = false): Promise<PieceState[]> {
  const told: string[] = [];
  const onStep = ({ piece }: { piece: Piece }): unknown => told.push(describePiece(piece));
  const steps = await runSetup(WANTED, { platform, isDryRun, onStep });
  assert.deepEqual(told, NAMES);
  return steps.map(({ state }) => state);
}

test('makes everything where nothing is there, in order, and nothing the next time', async () => {
  const platform = new SetupPlatformFake();
  assert.deepEqual(await setUp(platform), ['made', 'made', 'made', 'made']);
  assert.deepEqual(platform.made, NAMES);
  assert.deepEqual(await setUp(platform), ['there', 'there', 'there', 'there']);
  assert.deepEqual(platform.made, NAMES);
});

test('makes only what is missing of a half', async () => {
  const platform = new SetupPlatformFake([API, TOPIC]);
  assert.deepEqual(await setUp(platform), ['there', 'made', 'there', 'made']);
  assert.deepEqual(platform.made, [ACCOUNT, DATASET]);
});

test('a dry run tells what is missing and makes nothing', async () => {
  const platform = new SetupPlatformFake([API]);
  assert.deepEqual(await setUp(platform, true), ['there', 'absent', 'absent', 'absent']);
  assert.deepEqual(platform.made, []);
});

test('leaves out what the platform does not know', async () => {
  const platform = new SetupPlatformFake([], [TOPIC]);
  assert.deepEqual(await setUp(platform), ['made', 'made', 'foreign', 'made']);
  assert.deepEqual(platform.made, [API, ACCOUNT, DATASET]);
});

test('goes on after a refusal where it ended', async () => {
  const platform = new SetupPlatformFake();
  platform.refuses = TOPIC;
  await assert.rejects(setUp(platform), /refused/);
  platform.refuses = null;
  assert.deepEqual(await setUp(platform), ['there', 'there', 'made', 'made']);
});
