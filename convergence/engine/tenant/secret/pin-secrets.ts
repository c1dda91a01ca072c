/**
 * Reads each secret once, so that work which uses it again and again sees one value, whatever is
 * stored meanwhile. A reading that failed is tried again.
 */
export function pinSecrets(
  readSecret: (name: string) => Promise<string>,
): (name: string) => Promise<string> {
  const pinned = new Map<string, Promise<string>>();
  return async (name) => {
    const reading = pinned.get(name) ?? readSecret(name);
    pinned.set(name, reading);
    try {
      return await reading;
    } catch (error) {
      pinned.delete(name);
      throw error;
    }
  };
}
