const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `3,066,766` */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** `118 MB`: three digits, powers of 1000. */
export function formatBytes(sizeBytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = sizeBytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  const digits = unit > 0 && size < 9.95 ? 1 : 0;
  return `${size.toFixed(digits)} ${units[unit]}`;
}

/** `0.4 s`, `12.3 s`, `4 m 05 s`, `2 h 03 m` */
export function formatElapsed(elapsedMs: number): string {
  const seconds = elapsedMs / 1000;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${pad(Math.floor(seconds % 60))} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
}

function pad(count: number): string {
  return String(count).padStart(2, '0');
}

/** Items in a second, or null when there was too little time to tell. */
export function ratePerSecond(count: number, elapsedMs: number): number | null {
  return elapsedMs < 1 ? null : (count * 1000) / elapsedMs;
}
