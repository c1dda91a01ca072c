/** What a key may do: start and stop work, look, or change what is declared. None includes another. */
export const KEY_SCOPES = ['run', 'read', 'configure'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];
