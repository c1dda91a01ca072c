import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { crc32c } from '../../../engine/tenant/kms/crc32c.ts';
import { printCrc32c } from '../hash-file.ts';

interface MultipartUpload {
  readonly upload: {
    readonly Bucket: string;
    readonly Key: string;
    readonly IfNoneMatch?: string;
    /** Of the whole file. */
    readonly ChecksumCRC32C: string;
  };
  readonly file: string;
  readonly sizeBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** Also what is written in one request at most; two are in memory. */
export const PART_BYTES = 8 * 1024 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000;

/** Each part is sent again alone when it breaks off. What fails for good leaves nothing behind. */
export async function putInParts(
  client: S3Client,
  { upload, file, sizeBytes, signal }: MultipartUpload,
): Promise<{ ETag?: string | undefined }> {
  const sdk = await import('@aws-sdk/client-s3');
  const { ChecksumCRC32C, IfNoneMatch, ...place } = upload;
  const kind = { ChecksumAlgorithm: 'CRC32C', ChecksumType: 'FULL_OBJECT' } as const;
  const begin = new sdk.CreateMultipartUploadCommand({ ...place, ...kind });
  const { UploadId } = await client.send(begin, { abortSignal: signal });
  const mine = { ...place, UploadId };
  try {
    const Parts = await sendParts(client, { mine, file, sizeBytes, signal });
    const end = { ...mine, MultipartUpload: { Parts }, IfNoneMatch };
    const sum = { ChecksumCRC32C, ChecksumType: kind.ChecksumType };
    const command = new sdk.CompleteMultipartUploadCommand({ ...end, ...sum });
    return await client.send(command, { abortSignal: signal });
  } catch (error) {
    // Else the bucket's owner pays for the parts for ever.
    await client.send(new sdk.AbortMultipartUploadCommand(mine)).catch(() => undefined);
    throw error;
  }
}

async function sendParts(
  client: S3Client,
  {
    mine,
    file,
    sizeBytes,
    signal,
  }: Omit<MultipartUpload, 'upload'> & {
    mine: { Bucket: string; Key: string; UploadId: string | undefined };
  },
): Promise<CompletedPart[]> {
  const { UploadPartCommand } = await import('@aws-sdk/client-s3');
  const partBytes = Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS));
  const parts: CompletedPart[] = [];
  await using handle = await open(file);
  for (let from = 0; from < sizeBytes; from += partBytes) {
    const Body = await readPart(handle, from, Math.min(partBytes, sizeBytes - from));
    const PartNumber = parts.length + 1;
    const ChecksumCRC32C = printCrc32c(crc32c(Body));
    const command = new UploadPartCommand({ ...mine, PartNumber, Body, ChecksumCRC32C });
    const { ETag } = await client.send(command, { abortSignal: signal });
    parts.push({ PartNumber, ETag, ChecksumCRC32C });
  }
  return parts;
}

async function readPart(handle: FileHandle, from: number, sizeBytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(sizeBytes), 0, sizeBytes, from);
  return buffer.subarray(0, bytesRead);
}
