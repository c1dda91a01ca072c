/** `ERR` breaks clients that keep to the document in service, `WARN` may, `INFO` does not. */
export type Level = 'ERR' | 'WARN' | 'INFO';

/** Who has to be satisfied: a request must be accepted as before, a response emit nothing new. */
export type Direction = 'request' | 'response';

/** Where a finding stands: a JSON Pointer (RFC 6901) into one of both documents. */
export interface Place {
  readonly document: 'base' | 'revision';
  readonly pointer: string;
}

export interface Finding {
  /** As in oasdiff where it has one. */
  readonly id: string;
  readonly level: Level;
  /** One sentence for a person. */
  readonly text: string;
  /** `GET /users/{id}`, or `webhook order.created`. */
  readonly operation: string;
  /** Further operations that use the same part of the document. */
  readonly alsoIn: readonly string[];
  readonly place: Place;
  /** The same for the same finding in other versions of the documents: for the allow-list. */
  readonly fingerprint: string;
}
