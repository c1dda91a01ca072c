import { runStep } from './run-step.ts';
import type { StepDeps } from './run-step.ts';

/** A file that is deleted and not yet committed is listed, too. */
const SCRIPT = String.raw`
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  git ls-files -z --cached --others --exclude-standard |
    xargs -0 sh -c 'for name; do if [ -e "$name" ]; then printf "%s\\0" "$name"; fi; done' list |
    tar -czf "$1" --null -T -
else
  tar -czf "$1" .
fi`;

/**
 * Packs a folder into a `.tgz`: what git has or would take, so that nothing ignored, such as secrets
 * and dependencies, leaves the machine; without git all of it.
 */
export async function packSource(folder: string, file: string, deps: StepDeps): Promise<void> {
  await runStep({ program: '/bin/sh', args: ['-c', SCRIPT, 'pack', file], folder }, deps);
}
