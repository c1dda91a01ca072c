/** What commander says of a wrong call: `error: …`, and on a second line perhaps `(Did you mean …?)`. */
export function explainUsage(message: string): { readonly what: string; readonly hint: string } {
  const [what = '', nearest] = message.replace(/^error: /, '').split('\n');
  const hint = nearest?.replace(/^\((.*)\)$/, '$1') ?? '`--help` shows what a command takes.';
  return { what, hint };
}
