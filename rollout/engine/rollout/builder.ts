import type { Build } from '../service/rollout-spec.ts';

export interface BuildRequest {
  readonly build: Build;
  /** The folder of rollout.yaml, absolute. */
  readonly folder: string;
  /** Repository and tag that the image gets. */
  readonly image: string;
  readonly project: string;
  readonly region: string;
}

/** Makes an image and pushes it. */
export interface Builder {
  /**
   * Gives the image with its digest, `repository@sha256:…`, so that a tag that moves later changes
   * nothing. @throws build_failed (kind input) with the last lines, builder_missing
   */
  build(
    request: BuildRequest,
    onLine: (line: string) => void,
    signal?: AbortSignal,
  ): Promise<string>;
}
