import type { BuildRequest, Builder } from '../../engine/rollout/builder.ts';
import { buildInCloud } from './build-in-cloud.ts';
import { buildLocally } from './build-locally.ts';
import { openCloudClients } from './cloud-clients.ts';
import type { CloudOptions } from './cloud-clients.ts';
import type { RunCommand } from './run-command.ts';

export interface ImageBuilderOptions extends CloudOptions {
  readonly run: RunCommand;
  readonly newId: () => string;
}

/** Builds where rollout.yaml says: with docker or podman here, or in Cloud Build. */
export class ImageBuilder implements Builder {
  readonly #options: ImageBuilderOptions;

  constructor(options: ImageBuilderOptions) {
    this.#options = options;
  }

  async build(
    request: BuildRequest,
    onLine: (line: string) => void,
    signal?: AbortSignal,
  ): Promise<string> {
    const { build, project } = request;
    const { run, newId } = this.#options;
    if (build.kind === 'none') return request.image;
    if (build.kind === 'dockerfile') {
      return buildLocally({ ...request, build }, { run, onLine, signal });
    }
    const clients = await openCloudClients(project, this.#options);
    return buildInCloud({ ...request, build }, { ...clients, run, newId, onLine, signal });
  }
}
