import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import type { RevisionFleet } from '../process/revision-fleet.ts';
import { upgradeHeaders } from './forwarded-headers.ts';

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Joins the client's connection with one to an instance: WebSocket, whatever it says. Not counted. */
export async function passUpgrade(
  { request, socket, head }: Upgrade,
  pick: () => RevisionFleet | undefined,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  const fleet = pick();
  const instance =
    fleet?.take() ??
    (await fleet?.takeLater(AbortSignal.timeout(fleet.revision.timeoutMs)).catch(() => undefined));
  if (!fleet || !instance) {
    socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
    return;
  }
  const upstream = connect(instance.port, '127.0.0.1');
  upstream.write(renderHead(request));
  upstream.write(head);
  const timer = setTimeout(() => socket.destroy(), fleet.revision.timeoutMs);
  pipeline(socket, upstream, socket, () => {
    clearTimeout(timer);
    socket.destroy();
    upstream.destroy();
    fleet.giveBack(instance);
  });
}

function renderHead(request: IncomingMessage): string {
  const headers = upgradeHeaders(request);
  const lines = [`${request.method} ${request.url} HTTP/1.1`];
  for (let nr = 0; nr < headers.length; nr += 2) lines.push(`${headers[nr]}: ${headers[nr + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
