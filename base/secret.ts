const MASK = '***';
const secretName =
  /passw(or)?d|passphrase|secret|token|api_?key|admin_?key|private_?key|pepper|authorization|credential|cookie/;

/** Names that only look like secrets: how many tokens, a key's path, the name of a KMS key. */
const harmlessName = /(_count|_name|_id|_path|_file|_url|_expires?(_at)?|_hash)$/;

/** True for names such as `api_key`, `clientSecret`, `X-API-Key`, `DB_PASSWORD`. */
export function isSecretName(name: string): boolean {
  const snake = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
  return secretName.test(snake) && !harmlessName.test(snake);
}

/** Hides the password in each `scheme://user:password@host` of a text. */
export function maskUrlPasswords(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${MASK}@`);
}

/** A value as it may be shown under its name. */
export function maskSecret(name: string, value: string): string {
  return isSecretName(name) ? MASK : maskUrlPasswords(value);
}

/** A copy in which values under secret names, and passwords in URLs, are masked at any depth. */
export function maskSecrets(value: unknown): unknown {
  return mask(value, new Set());
}

function mask(value: unknown, above: ReadonlySet<object>): unknown {
  if (typeof value === 'string') return maskUrlPasswords(value);
  if (!isContainer(value)) return value;
  if (above.has(value)) return '[circular]';
  const within = new Set([...above, value]);
  if (Array.isArray(value)) return value.map((item) => mask(item, within));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      isSecretName(name) && item !== undefined && item !== null ? MASK : mask(item, within),
    ]),
  );
}

/** Dates, Buffers, Maps and other instances keep their own way to JSON. */
function isContainer(value: unknown): value is Record<string, unknown> | unknown[] {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
