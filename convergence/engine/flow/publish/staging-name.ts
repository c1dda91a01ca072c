/**
 * Name of a table that is being filled for a run. It has the fence of who fills it, so that a worker
 * that lost the run spoils nothing; `raiseFence` drops those of older fences.
 */
export function stagingName(runId: string, fence: bigint, ...of: readonly string[]): string {
  return [stagingPrefix(runId) + String(fence), ...of].join('_');
}

/** Ids of runs have no letter that a name may not have but `-`. */
export function stagingPrefix(runId: string): string {
  return `_staging_${runId.replaceAll('-', '')}_`;
}
