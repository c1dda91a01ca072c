import type { Command } from 'commander';
import type { DeployOptions } from '../../release/make-want.ts';
import { addTargetOptions } from '../../input/target.ts';
import type { TargetOptions } from '../../input/target.ts';

export interface ShipOptions extends TargetOptions, DeployOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly breakLock?: boolean;
  readonly exitOnHold?: boolean;
}

/** What `plan` and `deploy` both take. */
export function addDeployOptions(command: Command): Command {
  return addTargetOptions(command)
    .option('--image-tag <tag>', 'tag of the image to build or to take')
    .option('--skip-build', 'take the image as it is')
    .option('--skip-tests', 'do not run the tests of the gate')
    .option('--skip-canary', 'prove the revision, then give it all traffic at once')
    .option('--cloud-build', 'build with Cloud Build')
    .option('--override-quarantine', 'ship an image that was taken back before');
}
