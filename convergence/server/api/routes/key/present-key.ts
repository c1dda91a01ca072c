import { parseDuration } from 'base/duration.ts';
import type { FastifyRequest } from 'fastify';
import type { Rotation, StoredKey } from '../../../../engine/tenant/key/key-store.ts';
import { authorOf } from '../../access.ts';

/** As every answer shows a key. */
export function presentStoredKey(record: StoredKey) {
  return {
    hash: record.keyHash,
    prefix: record.prefix,
    created_at: record.createdAt.toISOString(),
    created_by: record.createdBy,
    expires_at: record.expiresAt?.toISOString() ?? null,
    last_used_at: record.lastUsedAt?.toISOString() ?? null,
    revoked_at: record.revokedAt?.toISOString() ?? null,
    replaced_by: record.replacedBy,
  };
}

export function toRotation(request: FastifyRequest, { overlap }: { overlap: string }): Rotation {
  return { overlapMs: parseDuration(overlap), createdBy: authorOf(request) };
}
