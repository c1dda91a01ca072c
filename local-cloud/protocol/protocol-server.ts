export interface Listening {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** One of the two servers. */
export interface ProtocolServer {
  readonly port: number;
  /** Takes no more calls; resolves when those under way have ended. */
  drain(): Promise<void>;
  /** Cuts off what is still under way. */
  cut(): void;
}
