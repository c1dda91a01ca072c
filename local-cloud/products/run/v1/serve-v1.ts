import type { PlainRoute } from '../../../protocol/handler.ts';
import { restRoute } from '../../identity/rest-method.ts';
import { revisionsV1 } from './serve-revisions.ts';
import { servicesV1 } from './serve-services.ts';
import type { V1Deps } from './v1-call.ts';

/** Cloud Run v1, which `gcloud run` speaks: other names for what v2 keeps. */
export function serveV1(deps: V1Deps): PlainRoute {
  return restRoute([...servicesV1(deps), ...revisionsV1(deps)], deps.faults);
}
