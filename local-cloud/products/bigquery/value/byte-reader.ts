/** Reads protobuf's wire format, field by field. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Number of the next field; its content is read, or skipped, next. */
  field(): { readonly number: number; readonly wireType: number } {
    const tag = this.varint();
    return { number: Math.floor(tag / 8), wireType: tag % 8 };
  }

  /** Below 2^53. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  int64(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  }

  double(): number {
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const size = this.varint();
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  skip(wireType: number): void {
    if (wireType === 0) this.int64();
    else if (wireType === 1) this.#at += 8;
    else if (wireType === 2) this.bytes();
    else this.#at += 4;
  }
}

/** The contents of a repeated field of messages. */
export function readRepeated(message: Buffer, number: number): Buffer[] {
  const reader = new ByteReader(message);
  const found: Buffer[] = [];
  while (!reader.isAtEnd) {
    const field = reader.field();
    if (field.number === number && field.wireType === 2) found.push(reader.bytes());
    else reader.skip(field.wireType);
  }
  return found;
}
