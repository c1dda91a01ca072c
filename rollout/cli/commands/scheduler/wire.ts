import type { ServiceRef } from '../../../engine/plan/have.ts';
import type { Scheduler, SecretReader } from '../../../engine/scheduler/job.ts';
import { findLocalCloud } from '../../input/find-local-cloud.ts';
import type { Invocation } from '../../invocation.ts';

interface SchedulerDeps {
  readonly scheduler: Scheduler;
  readonly secrets: SecretReader;
}

/** Opens Cloud Scheduler and Secret Manager, for as long as `use` takes. */
export async function withScheduler<T>(
  { env }: Invocation,
  { ref, folder }: { readonly ref: ServiceRef; readonly folder: string },
  use: (deps: SchedulerDeps) => Promise<T>,
): Promise<T> {
  const local = ref.project === 'local' ? await findLocalCloud(folder, env) : null;
  const [{ CloudScheduler }, { SecretManagerReader }, google] = await Promise.all([
    import('../../../adapters/cloud-scheduler/scheduler.ts'),
    import('../../../adapters/secrets/secret-reader.ts'),
    import('../../../adapters/google/grpc-options.ts'),
  ]);
  const grpcOptions = async () => ({ ...(await google.grpcOptions(local?.grpc ?? null)) });
  const scheduler = new CloudScheduler({ grpcOptions });
  try {
    return await use({
      scheduler,
      secrets: new SecretManagerReader({ endpoint: local?.rest ?? null }),
    });
  } finally {
    await scheduler.close();
  }
}
