import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { eventSinkConformance } from '../../engine/event/event-sink.conformance.ts';
import { createSmtpSink } from './smtp-sink.ts';

/** What differs from mail to mail although the message is the same. */
const CHANGES = /^(Date|Received):.*\r?\n/gm;

eventSinkConformance('email', async () => {
  const mails: string[] = [];
  let isRefusing = false;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _, done) => {
      assert.deepEqual([username, password], ['user', 'pass']);
      done(null, { user: 'user' });
    },
    onData: (stream, _, done) => {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        if (isRefusing) return done(new Error('not now'));
        mails.push(text.replaceAll(CHANGES, ''));
        done();
      });
    },
  });
  const { server: listener } = server;
  server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const sink = createSmtpSink({
    url: `smtp://user:pass@127.0.0.1:${port}`,
    from: 'etl@example.com',
  });
  after(() => {
    sink.close();
    return new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  });
  return {
    sink,
    address: 'ops@example.com, boss@example.com',
    confirmed: () => mails,
    refuse: (refusing) => void (isRefusing = refusing),
  };
});
