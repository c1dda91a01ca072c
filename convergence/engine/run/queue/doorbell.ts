/**
 * Wakes workers that no notice of the database reaches, since their process sleeps or is not there.
 * A ring may be lost or come twice: the queue alone says what is to be done, and who is awake looks
 * by itself.
 */
export interface Doorbell {
  /** Returns at once. */
  ring(): void;
  /** Resolves when all that was rung for has been passed on, or lost. */
  close(): Promise<void>;
}
