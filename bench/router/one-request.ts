import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';

/** Keeps connections open, as a client that sends much does. */
const agent = new Agent({ keepAlive: true });

/** Its status, when the whole answer is there. */
export async function requestOnce(url: string, body?: string): Promise<number> {
  const sent = request(url, { agent, method: body === undefined ? 'GET' : 'POST' });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode ?? 0;
}
