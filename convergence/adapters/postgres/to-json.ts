const UNSTORABLE = /\\u0000|\\ud[89a-f]/i;

/**
 * JSON that a `jsonb` takes: PostgreSQL refuses the character NUL and halves of surrogate pairs,
 * which texts of sources can hold; U+FFFD stands for them. Bigints become text.
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value, bigintAsText);
  return UNSTORABLE.test(json) ? JSON.stringify(value, storable) : json;
}

function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function storable(name: string, value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return bigintAsText(name, value);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [storableText(key), item as unknown]),
  );
}

function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
