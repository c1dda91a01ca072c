export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface Send {
  readonly body?: unknown;
  readonly query?: Query;
}

/** One request to the API; throws the AppError that the platform answered. */
export type SendCall = <T>(method: string, path: string, send?: Send) => Promise<T>;
