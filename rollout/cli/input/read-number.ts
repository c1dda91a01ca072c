import { fail } from '../../engine/error-codes.ts';

/** An option that is a number in a range. @throws flag_invalid */
export function readNumber(
  flag: string,
  text: string,
  { least, most = Infinity }: { readonly least: number; readonly most?: number },
): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  const upTo = most === Infinity ? '' : ` to ${most}`;
  throw fail('flag_invalid', `${flag} is '${text}', expected a number from ${least}${upTo}`);
}
