import type { Environment } from '../../service/rollout-spec.ts';
import type { RevisionTemplate } from '../effect.ts';

/** Under which a revision remembers the commit that it was built from. */
const COMMIT_LABEL = 'commit';

/** What a revision is made of, from rollout.yaml alone: nothing of an earlier one is taken over. */
export function makeTemplate(
  { runtime }: Environment,
  { image, commit }: { readonly image: string; readonly commit: string | null },
): RevisionTemplate {
  const { startupPath, livenessPath, serviceAccount, workingDir } = runtime;
  const { cpu, memory, concurrency, timeoutMs, maxInstances } = runtime;
  const label = commit === null ? null : labelOf(commit);
  return {
    image,
    command: runtime.command,
    args: runtime.args,
    port: runtime.port,
    env: runtime.env,
    secrets: runtime.secrets,
    cpu,
    memory,
    concurrency,
    timeoutMs,
    maxInstances,
    labels: label ? { [COMMIT_LABEL]: label } : {},
    ...(workingDir !== null && { workingDir }),
    ...(serviceAccount !== null && { serviceAccount }),
    ...(startupPath !== null && { startupPath }),
    ...(livenessPath !== null && { livenessPath }),
  };
}

/** Labels take small letters, digits, _ and -, at most 63. */
function labelOf(commit: string): string {
  return commit
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '-')
    .slice(0, 63);
}
