import { MetricServiceClient } from '@google-cloud/monitoring';
import { RevisionsClient, ServicesClient } from '@google-cloud/run';
import type { protos } from '@google-cloud/run';
import { credentials } from '@grpc/grpc-js';
import type { ClientOptions } from 'google-gax';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FaultSpec } from '../fault/fault.ts';
import { startLocalCloud } from './start-local-cloud.ts';
import type { LocalCloud, LocalCloudOptions } from './start-local-cloud.ts';

type Service = protos.google.cloud.run.v2.IService;
type Template = protos.google.cloud.run.v2.IRevisionTemplate;
type Target = protos.google.cloud.run.v2.ITrafficTarget;
type FaultRequest = FaultSpec extends infer F
  ? F extends FaultSpec
    ? Partial<F> & Pick<F, 'kind'>
    : never
  : never;

const APP = fileURLToPath(new URL('../data-plane/sample-app.fake.ts', import.meta.url));

export const PARENT = 'projects/local/locations/here';

/** A local-cloud on a home of its own, with Google's own clients pointed at it. */
export class CloudRig {
  readonly home: string;
  readonly services: ServicesClient;
  readonly revisions: RevisionsClient;
  readonly metrics: MetricServiceClient;
  cloud: LocalCloud;

  private constructor(home: string, cloud: LocalCloud) {
    this.home = home;
    this.cloud = cloud;
    const options = grpcOptions(cloud.endpoints.grpc);
    this.services = new ServicesClient(options);
    this.revisions = new RevisionsClient(options);
    this.metrics = new MetricServiceClient(options);
  }

  static async start(options: Partial<LocalCloudOptions> = {}): Promise<CloudRig> {
    const home = await mkdtemp(join(tmpdir(), 'local-cloud-'));
    return new CloudRig(home, await startLocalCloud({ home, ...options }));
  }

  async end(): Promise<void> {
    await Promise.all([this.services.close(), this.revisions.close(), this.metrics.close()]);
    await this.cloud.close();
    await rm(this.home, { recursive: true });
  }

  /** A service whose first revision, `{id}-one`, takes all traffic. */
  async create(id: string, service: Service = {}): Promise<Service> {
    const [operation] = await this.services.createService({
      parent: PARENT,
      serviceId: id,
      service: { template: template(`${id}-one`), ...service },
    });
    await operation.promise();
    return this.get(id);
  }

  async update(id: string, service: Service, paths?: string[]): Promise<Service> {
    const [operation] = await this.services.updateService({
      service: { name: serviceName(id), ...service },
      ...(paths && { updateMask: { paths } }),
    });
    await operation.promise();
    return this.get(id);
  }

  async get(id: string): Promise<Service> {
    return (await this.services.getService({ name: serviceName(id) }))[0];
  }

  async addFault(fault: FaultRequest): Promise<string> {
    const response = await fetch(`${this.cloud.endpoints.rest}/local/v1/faults`, {
      method: 'POST',
      body: JSON.stringify(fault),
    });
    return ((await response.json()) as { id: string }).id;
  }

  async clearFaults(): Promise<void> {
    await fetch(`${this.cloud.endpoints.rest}/local/v1/faults`, { method: 'DELETE' });
  }
}

export function serviceName(id: string): string {
  return `${PARENT}/services/${id}`;
}

/** Of the sample app. */
export function template(revision?: string, env: Record<string, string> = {}): Template {
  return {
    ...(revision !== undefined && { revision }),
    containers: [
      {
        image: 'sample',
        command: [process.execPath, APP],
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
      },
    ],
  };
}

/** A revision that ends before it listens. */
export function badTemplate(revision: string): Template {
  const command = [process.execPath, '-e', 'console.log("no luck"); process.exit(7)'];
  return { revision, containers: [{ image: 'bad', command }] };
}

export function to(revision: string, percent: number, tag?: string): Target {
  const type = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
  return { type, revision, percent, ...(tag !== undefined && { tag }) };
}

export const latest: Target = { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 };

export function grpcOptions(endpoint: string): ClientOptions {
  // Else the client looks for a machine of Google's around it.
  process.env.METADATA_SERVER_DETECTION = 'none';
  const [apiEndpoint, port] = endpoint.split(':');
  const sslCreds = credentials.createInsecure() as unknown as ClientOptions['sslCreds'];
  return { apiEndpoint, port: Number(port), sslCreds };
}

/** Of a refusal by gRPC. */
export function hasCode(code: number, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    const { code: found, message } = error as { code?: number; message: string };
    if (found === code && words.test(message)) return true;
    throw error;
  };
}
