/** Of the polynomial of Castagnoli, bits reversed; zlib has another one. */
const POLYNOMIAL = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
  return rest;
});

/** In base64, as Cloud Storage writes it (RFC 4960, appendix B, big-endian). */
export function crc32c(content: Uint8Array): string {
  let rest = 0xffffffff;
  for (const byte of content) rest = (rest >>> 8) ^ (table[(rest ^ byte) & 0xff] ?? 0);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE((rest ^ 0xffffffff) >>> 0);
  return checksum.toString('base64');
}
