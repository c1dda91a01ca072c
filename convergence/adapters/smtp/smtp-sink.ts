import { createTransport } from 'nodemailer';
import { fail } from '../../engine/error-codes.ts';
import type { EventSink } from '../../engine/event/event-sink.ts';

export interface SmtpSettings {
  /** `smtp://user:password@host:587` or `smtps://…`; null: there is no mail. */
  readonly url: string | null;
  readonly from: string;
}

const TIMEOUT_MS = 10_000;

/** Sends notices as plain text, all addresses in one mail. */
export function createSmtpSink({ url, from }: SmtpSettings): EventSink & { close(): void } {
  if (url === null) return { send: refuse, close: () => {} };
  const transport = createTransport(url, { from });
  Object.assign(transport.options, {
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // Text is all that is sent: nothing in it may make the mailer read a file or fetch a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ id, address, notice }, signal) {
      signal.throwIfAborted();
      const mail = {
        to: address,
        subject: notice.subject,
        text: `${notice.lines.join('\n')}\n`,
        // The same when it is sent again, by which mailboxes know what they have.
        messageId: `<${id}@convergence>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      };
      await transport.sendMail(mail).catch((error: unknown) => {
        throw fail('delivery_failed', `the mail server: ${reasonOf(error)}`, { cause: error });
      });
    },
    close: () => transport.close(),
  };
}

/** The answer of the server; messages of connections would name its address. */
function reasonOf(error: unknown): string {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  return [code ?? 'it broke off', responseCode].filter(Boolean).join(' ');
}

async function refuse(): Promise<void> {
  throw fail('delivery_failed', 'this installation sends no mail', {
    hint: 'The operator sets SMTP_URL and SMTP_FROM.',
  });
}
