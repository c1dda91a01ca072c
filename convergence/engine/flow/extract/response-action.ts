import type { ResponseAction } from '../../pipeline/rest-source-spec.ts';

export type Verdict = 'accept' | ResponseAction['action'] | 'refuse' | 'authenticate';

/** Asked again by the server itself, or by a gateway before it: RFC 9110, RFC 6585, RFC 8470. */
const RETRIED = new Set([408, 425, 429]);

/**
 * What to do with a response. The first action of the config that matches decides; an action with
 * both `status_code` and `content` needs both. `body` is the text at its beginning.
 */
export function judgeResponse(
  status: number,
  body: string,
  actions: readonly ResponseAction[],
): Verdict {
  const match = actions.find((action) => applies(action, status, body));
  if (match) return match.action;
  if (status >= 200 && status < 300) return 'accept';
  if (status >= 500 || RETRIED.has(status)) return 'retry';
  return status === 401 || status === 403 ? 'authenticate' : 'refuse';
}

function applies(action: ResponseAction, status: number, body: string): boolean {
  const { status_code: wanted, content } = action;
  if (wanted === undefined && content === undefined) return false;
  return (
    (wanted === undefined || wanted === status) && (content === undefined || body.includes(content))
  );
}
