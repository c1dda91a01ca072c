import type { CloudSchedulerClient } from '@google-cloud/scheduler';
import type { ServiceRef } from '../../engine/plan/have.ts';
import type { FoundJob, Job, Scheduler } from '../../engine/scheduler/job.ts';
import { fromMessage, JOB_MASK, toMessage } from './job-message.ts';
import { translateError } from './translate-error.ts';

type Place = Pick<ServiceRef, 'project' | 'region'>;
type ClientOptions = ConstructorParameters<typeof CloudSchedulerClient>[0];

const DEADLINE = { timeout: 20_000 };

/** Cloud Scheduler, through Google's own client. */
export class CloudScheduler implements Scheduler {
  readonly #grpcOptions: () => Promise<ClientOptions>;
  #opening: Promise<CloudSchedulerClient> | undefined;

  constructor({ grpcOptions }: { readonly grpcOptions: () => Promise<ClientOptions> }) {
    this.#grpcOptions = grpcOptions;
  }

  async listJobs(place: Place): Promise<FoundJob[]> {
    const parent = locationOf(place);
    const [jobs] = await this.#ask(`the jobs of ${parent}`, 'cloudscheduler.jobs.list', (client) =>
      client.listJobs({ parent }, DEADLINE),
    );
    return jobs.map((job) => ({ job: fromMessage(job), isPaused: job.state === 'PAUSED' }));
  }

  async createJob(place: Place, job: Job): Promise<void> {
    const parent = locationOf(place);
    await this.#ask(`job ${job.name}`, 'cloudscheduler.jobs.create', (client) =>
      client.createJob({ parent, job: toMessage(parent, job) }, DEADLINE),
    );
  }

  async updateJob(place: Place, job: Job): Promise<void> {
    const message = toMessage(locationOf(place), job);
    await this.#ask(`job ${job.name}`, 'cloudscheduler.jobs.update', (client) =>
      client.updateJob({ job: message, updateMask: { paths: JOB_MASK } }, DEADLINE),
    );
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }

  async #ask<T>(
    what: string,
    permission: string,
    call: (client: CloudSchedulerClient) => Promise<T>,
  ): Promise<T> {
    this.#opening ??= this.#open();
    try {
      return await call(await this.#opening);
    } catch (error) {
      throw translateError(error, { what, permission });
    }
  }

  async #open(): Promise<CloudSchedulerClient> {
    const [scheduler, options] = await Promise.all([
      import('@google-cloud/scheduler'),
      this.#grpcOptions(),
    ]);
    return new scheduler.CloudSchedulerClient(options);
  }
}

function locationOf({ project, region }: Place): string {
  return `projects/${project}/locations/${region}`;
}
