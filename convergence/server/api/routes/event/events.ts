import { toEventDocument } from '../../../../engine/event/event-document.ts';
import { scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import { eventListAnswer, eventQuery } from '../../contract/event.ts';

export function addEventRoute(api: Api, deps: Pick<ApiDeps, 'events' | 'settings'>): void {
  const { events, settings } = deps;
  const schema = {
    tags: ['events'],
    summary: 'Every change of state of a tenant and its runs, as it is sent to webhooks.',
    querystring: eventQuery,
    response: { 200: eventListAnswer },
  };
  api.get('/api/v1/events', { config: { access: 'read' }, schema }, async (request) => {
    const { after, limit } = request.query;
    const page = await events.readEvents(scopeOf(request), { after, limit });
    return {
      events: page.map((event) => toEventDocument(event, settings.PUBLIC_URL)),
      after: page.at(-1)?.id ?? after,
      more: page.length === limit,
    };
  });
}
