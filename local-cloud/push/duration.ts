/** Milliseconds of a google.protobuf.Duration in JSON, such as `180s` or `0.5s`. */
export function durationMs(text: string): number {
  return Number.parseFloat(text) * 1000;
}
