import { StatusError } from '../../../protocol/status-error.ts';
import { noBody, restMethod } from '../../identity/rest-method.ts';
import type { RestCall, RestMethod } from '../../identity/rest-method.ts';
import { revisionName, shortName } from '../resource/resource-name.ts';
import type { KeptRevision, KeptService } from '../resource/resource.ts';
import { renderV1Revision } from './render-v1-revision.ts';
import { ask, deleteOptions, listOf, NAMESPACE, notFound, SERVICE, servicesAt } from './v1-call.ts';
import type { V1Deps } from './v1-call.ts';

const one = new RegExp(`^${NAMESPACE}/revisions/(?<id>[^/]+)$`);
const all = new RegExp(`^${NAMESPACE}/revisions$`);

/** Revisions of Cloud Run v1. */
export function revisionsV1({ run, handlers }: V1Deps): readonly RestMethod[] {
  const find = (call: RestCall<unknown>): [KeptService, KeptRevision] => {
    for (const kept of servicesAt(run, call)) {
      const revision = kept.revisions.find(({ name }) => name === call.variables['id']);
      if (revision) return [kept, revision];
    }
    throw notFound('REVISION', call);
  };
  const get = { service: SERVICE, verb: 'GET', body: noBody } as const;
  return [
    restMethod({
      ...get,
      method: 'revisions.get',
      path: one,
      answer: (call) => renderV1Revision(...find(call)),
    }),
    restMethod({
      ...get,
      method: 'revisions.list',
      path: all,
      answer: (call) => {
        const isWanted = readSelector(call.query.get('labelSelector'));
        const services = servicesAt(run, call).filter(isWanted);
        const items = services.flatMap((kept) =>
          kept.revisions.map((revision) => renderV1Revision(kept, revision)),
        );
        return listOf('Revision', items.toReversed(), call.query);
      },
    }),
    restMethod({
      service: SERVICE,
      method: 'revisions.delete',
      verb: 'DELETE',
      path: one,
      body: deleteOptions,
      answer: async (call) => {
        const [{ resource }, { name }] = find(call);
        const request = { name: revisionName(resource.name, name) };
        await ask(handlers, { service: 'Revisions', method: 'DeleteRevision' }, request);
        return { kind: 'Status', status: 'Success' };
      },
    }),
  ];
}

/** `serving.knative.dev/service=shop`, the one selector of gcloud. */
function readSelector(selector: string | null): (kept: KeptService) => boolean {
  if (!selector) return () => true;
  const [, id] = /^serving\.knative\.dev\/service\s*={1,2}\s*([a-z0-9-]+)$/.exec(selector) ?? [];
  if (id !== undefined) return ({ resource }) => shortName(resource.name) === id;
  throw new StatusError('UNIMPLEMENTED', `local-cloud does not model the selector ${selector}`);
}
