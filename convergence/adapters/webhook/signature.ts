import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** A secret as https://www.standardwebhooks.com has it: 32 random bytes. */
export function createWebhookSecret(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

/** Headers of Standard Webhooks 1.0: HMAC-SHA-256 over `id.timestamp.body`. */
export function signWebhook(
  message: { readonly id: string; readonly body: string; readonly at: Date },
  secret: string | null,
): Record<string, string> {
  const timestamp = String(Math.floor(message.at.getTime() / 1_000));
  const headers = { 'webhook-id': message.id, 'webhook-timestamp': timestamp };
  if (secret === null) return headers;
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const signed = `${message.id}.${timestamp}.${message.body}`;
  const signature = createHmac('sha256', key).update(signed).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}
