export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface Send {
  /** For which an admin asks this once. */
  readonly tenantId?: string;
  readonly body?: unknown;
  readonly query?: Query;
  /** A config, sent as it is; `ifMatch`: the version that it replaces. */
  readonly document?: { readonly text?: string; readonly ifMatch?: number | undefined };
}

/** One request to the API; throws the AppError that the platform answered. */
export type SendCall = <T>(method: string, path: string, send?: Send) => Promise<T>;
