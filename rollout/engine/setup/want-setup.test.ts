import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePiece } from './piece.ts';
import type { Piece } from './piece.ts';
import { wantSetup } from './want-setup.ts';

const CHOICE = {
  service: 'shop',
  environment: 'staging',
  bucket: 'acme-rollout',
  isBuiltInCloud: false,
  github: null,
  secrets: { 'admin-key': 'ADMIN_KEY', token: null },
  datasets: ['metadata'],
};

test('what runs may do what the platform needs, and no more', () => {
  const roles = wantSetup(CHOICE)
    .map(describePiece)
    .filter((piece) => piece.includes(' for shop-run on '));
  assert.deepEqual(roles, [
    'roles/bigquery.user for shop-run on the project',
    'roles/pubsub.publisher for shop-run on the project',
    'roles/logging.logWriter for shop-run on the project',
    'roles/secretmanager.viewer for shop-run on the project',
    'roles/cloudkms.cryptoKeyEncrypterDecrypter for shop-run on key shop',
    'roles/cloudkms.viewer for shop-run on key shop',
    'roles/secretmanager.secretAccessor for shop-run on secret admin-key',
    'roles/secretmanager.secretAccessor for shop-run on secret token',
    'roles/bigquery.dataEditor for shop-run on dataset metadata',
  ]);
});

test('each piece comes after those that it needs', () => {
  const seen = new Set(['project']);
  const wanted = wantSetup({ ...CHOICE, isBuiltInCloud: true, github: 'acme/shop' });
  for (const piece of wanted) {
    const needs = needsOf(piece);
    for (const need of needs) assert.ok(seen.has(need), `${describePiece(piece)} before ${need}`);
    if (piece.kind !== 'role') seen.add(`${piece.kind} ${piece.name}`);
  }
  assert.equal(seen.has('provider github'), true);
});

function needsOf(piece: Piece): readonly string[] {
  if (piece.kind === 'key') return [`keyRing ${piece.keyRing}`];
  if (piece.kind === 'secretValue') return [`secret ${piece.name}`];
  if (piece.kind === 'provider') return [`pool ${piece.pool}`];
  if (piece.kind !== 'role') return [];
  const { on, member } = piece;
  return [
    on.kind === 'project' ? 'project' : `${on.kind} ${on.name}`,
    member.kind === 'account' ? `account ${member.name}` : `pool ${member.pool}`,
  ];
}
