import { crc32c } from '../storage/store/crc32c.ts';

/** CRC-32C as an int64 in JSON. */
export function checksum(content: Uint8Array): string {
  return String(Buffer.from(crc32c(content), 'base64').readUInt32BE());
}
