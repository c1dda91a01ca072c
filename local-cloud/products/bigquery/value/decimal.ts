/** Digits after the point that BigQuery keeps. */
export const SCALES = { NUMERIC: 9, BIGNUMERIC: 38 } as const;

export type DecimalType = keyof typeof SCALES;

const LIMITS: Readonly<Record<DecimalType, bigint>> = {
  NUMERIC: 10n ** 38n,
  BIGNUMERIC: 2n ** 255n,
};

/**
 * As an integer of units of the last digit; null when it is no number of that type. Digits beyond
 * the scale are rounded half away from zero, as a cast does.
 */
export function parseDecimal(text: string, type: DecimalType): bigint | null {
  const parts = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/.exec(text);
  if (!parts) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  if (whole + fraction === '') return null;
  const shift = Number(exponent) - fraction.length + SCALES[type];
  if (shift > 400) return null;
  const digits = BigInt(whole + fraction);
  const units = shift >= 0 ? digits * 10n ** BigInt(shift) : roundedShare(digits, -shift);
  if (units >= LIMITS[type]) return null;
  return sign === '-' ? -units : units;
}

function roundedShare(digits: bigint, places: number): bigint {
  const divisor = 10n ** BigInt(places);
  return (digits + divisor / 2n) / divisor;
}

export function formatDecimal(units: bigint, type: DecimalType): string {
  const scale = SCALES[type];
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const fraction = digits.slice(-scale).replace(/0+$/, '');
  const shown = `${digits.slice(0, -scale)}${fraction === '' ? '' : `.${fraction}`}`;
  return units < 0n ? `-${shown}` : shown;
}

/** Two's complement, little-endian, as short as it can be: what ZetaSQL's SerializeAsProtoBytes gives. */
export function decimalToBytes(units: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = units; ; rest >>= 8n) {
    const byte = Number(BigInt.asUintN(8, rest));
    bytes.push(byte);
    const isNegative = byte >= 0x80;
    if (rest >> 8n === (isNegative ? -1n : 0n) && rest < 0n === isNegative)
      return Buffer.from(bytes);
  }
}

export function decimalFromBytes(bytes: Buffer): bigint {
  let units = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) units = (units << 8n) | BigInt(bytes[at] ?? 0);
  return BigInt.asIntN(bytes.length * 8, units);
}
