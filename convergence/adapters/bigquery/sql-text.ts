/**
 * A name in backticks, with dots in it as the dots of a path.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#quoted_identifiers
 */
export function quoteName(name: string): string {
  return `\`${name.replaceAll(/[\\`]/g, String.raw`\$&`)}\``;
}

/** A text as a literal, without line breaks, which only triple quotes may hold. */
export function quoteText(text: string): string {
  const escaped = text
    .replaceAll(/[\\']/g, String.raw`\$&`)
    .replaceAll(/[\0\n\r]/g, (character) => ESCAPES[character] ?? '');
  return `'${escaped}'`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': String.raw`\x00`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
};
