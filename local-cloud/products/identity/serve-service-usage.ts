import { KeptMap } from '../../control-plane/kept-map.ts';
import type { Records } from '../../control-plane/records.ts';
import type { OperationBook } from '../../operation/operation-book.ts';
import type { Handler } from '../../protocol/handler.ts';
import { readPage } from '../../protocol/read-page.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { withProjectNumber } from './project-number.ts';

interface KeptService {
  /** `projects/NUMBER/services/run.googleapis.com` */
  readonly name: string;
  readonly state: 'ENABLED' | 'DISABLED';
}

interface ListRequest extends PageRequest {
  readonly parent: string;
  readonly filter?: string;
}

interface BatchRequest {
  readonly parent: string;
  readonly serviceIds?: readonly string[];
}

const TYPES = 'type.googleapis.com/google.api.serviceusage.v1.';
const NAME = /^projects\/[^/]+\/services\/[a-z0-9-]+(\.[a-z0-9-]+)*\.googleapis\.com$/;
const MAX_BATCH = 20;

/** google.api.serviceusage.v1.ServiceUsage: which APIs a project has enabled. */
export function serveServiceUsage(
  records: Records,
  operations: OperationBook,
): Readonly<Record<string, Handler>> {
  const kept = new KeptMap<KeptService>(records, 'service-usage');
  const write = (asked: readonly string[], state: KeptService['state']): readonly object[] => {
    const names = asked.map(requireName);
    for (const name of names) kept.put({ name, state });
    return names.map((name) => render(kept, name));
  };
  const end = (type: string, response: object, services: readonly object[]): object =>
    operations.add({
      parent: '',
      metadata: { '@type': `${TYPES}OperationMetadata`, resourceNames: services.map(nameOf) },
      response: { '@type': `${TYPES}${type}`, ...response },
    });
  return {
    GetService: async ({ name }: { name: string }) => render(kept, requireName(name)),
    ListServices: async ({ parent, filter = '', ...page }: ListRequest) => {
      const all = listServices(kept, parent, filter);
      const { items, ...more } = readPage(all, page);
      return { services: items, ...more };
    },
    BatchGetServices: async ({ names = [] }: { names?: readonly string[] }) => ({
      services: names.map((name) => render(kept, requireName(name))),
    }),
    EnableService: async ({ name }: { name: string }) => {
      const services = write([name], 'ENABLED');
      return end('EnableServiceResponse', { service: services[0] }, services);
    },
    DisableService: async ({ name }: { name: string }) => {
      const services = write([name], 'DISABLED');
      return end('DisableServiceResponse', { service: services[0] }, services);
    },
    BatchEnableServices: async ({ parent, serviceIds = [] }: BatchRequest) => {
      if (serviceIds.length === 0 || serviceIds.length > MAX_BATCH)
        throw invalid(`service_ids: has ${serviceIds.length}: expected 1 to ${MAX_BATCH}`);
      const services = write(
        serviceIds.map((id) => `${parent}/services/${id}`),
        'ENABLED',
      );
      return end('BatchEnableServicesResponse', { services }, services);
    },
  };
}

function listServices(
  kept: KeptMap<KeptService>,
  parent: string,
  filter: string,
): readonly object[] {
  const [, state] = /^state:(ENABLED|DISABLED)$/.exec(filter) ?? [];
  if (filter !== '' && state === undefined) throw invalid(`Invalid filter: ${filter}`);
  return kept
    .values()
    .filter(({ name }) => name.startsWith(`${withProjectNumber(parent)}/services/`))
    .filter((service) => state === undefined || service.state === state)
    .map(({ name }) => render(kept, name));
}

function render(kept: KeptMap<KeptService>, name: string): object {
  const [parent = '', id = ''] = name.split('/services/');
  const state = kept.get(name)?.state ?? 'DISABLED';
  return { name, parent, config: { name: id, title: id }, state };
}

function nameOf(service: object): unknown {
  return 'name' in service ? service.name : undefined;
}

/** Any name that an API could have is one. */
function requireName(name: string): string {
  if (NAME.test(name)) return withProjectNumber(name);
  const id = name.split('/services/')[1] ?? name;
  throw new StatusError(
    'PERMISSION_DENIED',
    `Not found or permission denied for service(s): ${id}.`,
  );
}

function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
