const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `10s`, `1.5h`, `2d` in milliseconds; a day is 24 hours. Throws RangeError otherwise. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new RangeError(`'${text}' is not a duration such as 500ms, 10s, 5m, 2h or 1d`);
  }
  return Math.round(Number(amount) * unitMs[unit as keyof typeof unitMs]);
}
