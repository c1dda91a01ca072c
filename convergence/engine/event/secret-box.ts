/** Closes secrets, so that a copy of the database gives none away. */
export interface SecretBox {
  seal(secret: string): Promise<string>;
  /** @throws internal when it was sealed under another key, or changed */
  open(sealed: string): Promise<string>;
}
