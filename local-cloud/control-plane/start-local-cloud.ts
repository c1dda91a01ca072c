import { systemClock as clock } from 'base/clock.ts';
import { join } from 'node:path';
import { connectDataPlane } from '../data-plane/connect-data-plane.ts';
import type { DataPlane } from '../data-plane/data-plane.ts';
import { stopDataPlane } from '../data-plane/stop-data-plane.ts';
import { FaultBook } from '../fault/fault-book.ts';
import { faultRoute, loseAnswer, meetFaults } from '../fault/fault-route.ts';
import { counterRoute } from '../products/monitoring/counter-route.ts';
import { metricHandlers } from '../products/monitoring/metric-handlers.ts';
import { OperationBook } from '../operation/operation-book.ts';
import type { RunningProtocol } from '../protocol/start-protocol.ts';
import { CloudRun } from '../products/run/cloud-run.ts';
import { fail } from './control-plane-error.ts';
import { readEndpoints, removeEndpoints, writeEndpoints } from './endpoints.ts';
import type { Endpoints } from './endpoints.ts';
import { keepDataPlane } from './keep-data-plane.ts';
import { listen } from './listen.ts';
import type { ListenOptions } from './listen.ts';
import { openProducts } from './open-products.ts';
import { mergeProducts } from './product.ts';
import type { Product } from './product.ts';
import { Records } from './records.ts';
import { statusRoute } from './status-route.ts';

export interface LocalCloudOptions {
  /** The folder of its state. */
  readonly home: string;
  readonly host?: string;
  /** The ones it had before, or any free one. */
  readonly grpcPort?: number;
  readonly restPort?: number;
  /** Length of a sample of the metrics; 60 s by default, as Cloud Run's. */
  readonly metricsPeriodMs?: number;
  /** How long after its end a sample can be read at the latest; 180 s by default. */
  readonly metricsDelayMs?: number;
}

export interface LocalCloud {
  readonly endpoints: Endpoints;
  /** The control plane and the services; with `keepServing` these go on. */
  close(how?: { readonly keepServing?: boolean }): Promise<void>;
}

const RUN_PROTOS = {
  '@google-cloud/run': ['google/cloud/run/v2/service.proto', 'google/cloud/run/v2/revision.proto'],
};
const DEFAULT_PERIOD_MS = 60_000;
const DEFAULT_DELAY_MS = 180_000;

/**
 * Starts an offline Google Cloud in this process, with its data plane in a process of its own, or
 * takes over the data plane that an earlier control plane of the same home left serving.
 * @throws home_locked, port_taken, data_plane_start_failed
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { home } = options;
  const records = Records.open(home);
  if (!records) throw lockedBy(readEndpoints(home));
  const folder = join(home, 'data-plane');
  const closers: (() => unknown)[] = [() => records.close()];
  try {
    const endpoints = await open({ ...options, folder, records }, closers);
    const close: LocalCloud['close'] = async ({ keepServing = false } = {}) => {
      removeEndpoints(home);
      await closeAll(closers);
      if (!keepServing) await stopDataPlane({ folder });
    };
    return { endpoints, close };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

interface Opening extends LocalCloudOptions {
  readonly folder: string;
  readonly records: Records;
}

/** Adds to `closers` what has to be closed, the last one first. */
async function open(options: Opening, closers: (() => unknown)[]): Promise<Endpoints> {
  const { home, folder, records, host = '127.0.0.1', grpcPort, restPort } = options;
  const now = (): Date => clock.now();
  // What a dead control plane wrote leads nowhere until this one is up.
  removeEndpoints(home);
  const dataPlane = connectDataPlane({ folder });
  closers.push(() => dataPlane.close());
  const faults = new FaultBook({ records, random: Math.random });
  const run = new CloudRun({ records, dataPlane, faults, now });
  closers.push(() => run.close());
  const endpoints = () => readEndpoints(home);
  const operations = new OperationBook(records);
  const deps = { home, records, faults, operations, clock, endpoints };
  const products: readonly Product[] = [...openProducts(deps), { operations }];
  closers.push(...products.map((product) => () => product.close?.()));
  const served = whatIsServed(options, { run, faults, dataPlane }, products);
  const protocol = await listen({ ...served, host, grpcPort, restPort }, records);
  closers.push(() => protocol.close());
  // Not before the ports are ours: a start that fails leaves nothing running.
  closers.push(await keepDataPlane(folder));
  await run.resume();
  const answering = describe(host, protocol, now());
  writeEndpoints(home, answering);
  for (const product of products) await product.resume?.();
  return answering;
}

interface Parts {
  readonly run: CloudRun;
  readonly faults: FaultBook;
  readonly dataPlane: DataPlane;
}

function whatIsServed(
  options: Opening,
  { run, faults, dataPlane }: Parts,
  products: readonly Product[],
): Omit<ListenOptions, 'host'> {
  const services = () => run.store.services();
  const { protos, handlers, streams, routes } = mergeProducts([
    runProduct(run),
    openMonitoring(options, { run, faults, dataPlane }),
    ...products,
  ]);
  return {
    protos,
    handlers,
    streams,
    before: (call) => meetFaults(faults, call),
    after: (call) => loseAnswer(faults, call),
    routes: [
      counterRoute({ dataPlane, faults, clock }),
      faultRoute(faults, () => run.applyFaults()),
      statusRoute({ services, dataPlane, endpoints: () => readEndpoints(options.home) }),
      ...routes,
    ],
  };
}

function runProduct({ handlers, operations, routes }: CloudRun): Product {
  return { protos: RUN_PROTOS, handlers, operations, routes };
}

function openMonitoring(options: Opening, { run, faults, dataPlane }: Parts): Product {
  const metrics = metricHandlers({
    dataPlane,
    faults,
    clock,
    serviceNames: () => run.store.services().map(({ resource }) => resource.name),
    periodSeconds: (options.metricsPeriodMs ?? DEFAULT_PERIOD_MS) / 1000,
    delaySeconds: (options.metricsDelayMs ?? DEFAULT_DELAY_MS) / 1000,
  });
  return {
    protos: { '@google-cloud/monitoring': ['google/monitoring/v3/metric_service.proto'] },
    handlers: { 'google.monitoring.v3.MetricService': metrics },
  };
}

function describe(
  host: string,
  { grpcPort, restPort }: RunningProtocol,
  startedAt: Date,
): Endpoints {
  return {
    grpc: `${host}:${grpcPort}`,
    rest: `http://${host}:${restPort}`,
    pid: process.pid,
    startedAt: startedAt.toISOString(),
  };
}

async function closeAll(closers: readonly (() => unknown)[]): Promise<void> {
  for (const close of closers.toReversed()) await close();
}

function lockedBy(holder: Endpoints | null): Error {
  const who = holder ? `process ${holder.pid} since ${holder.startedAt}` : 'another process';
  return fail('home_locked', `This home is in use by ${who}.`, {
    hint: holder
      ? `It answers at ${holder.rest}. Stop it with \`npx local-cloud stop\`, or choose another --home.`
      : 'Wait until it is up, or choose another --home.',
  });
}
