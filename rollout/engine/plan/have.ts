/** A service of Cloud Run: `projects/{project}/locations/{region}/services/{service}`. */
export interface ServiceRef {
  readonly project: string;
  readonly region: string;
  readonly service: string;
}

/** One entry of a service's traffic. */
export interface TrafficTarget {
  /** The short name; null is LATEST, which takes each new revision at once. */
  readonly revision: string | null;
  /** 0 to 100; the entries of a service sum to 100, and one that is only a tag has 0. */
  readonly percent: number;
  readonly tag?: string;
}

/** An entry as the platform says that it is in force. */
export interface ServedTarget extends TrafficTarget {
  /** Where the tag answers. Read here, never composed. */
  readonly url?: string;
}

export interface Revision {
  /** The short name. */
  readonly name: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly image: string;
  readonly state: 'pending' | 'ready' | 'failed';
  /** Why it is not ready, in the platform's words. */
  readonly message?: string;
  /** Serves nobody and has no tag, so that it may be deleted. */
  readonly retired: boolean;
  /** Of the commit that it was built from, when we deployed it. */
  readonly commit?: string;
}

/** What there is: one service as it was read at one moment. */
export interface Have {
  readonly ref: ServiceRef;
  /** Stands for this very state; a write that carries it fails when anybody wrote since. */
  readonly etag: string;
  readonly url: string;
  /** `ready` and `failed` only when the observed generation is the generation. */
  readonly state: 'reconciling' | 'ready' | 'failed';
  readonly message?: string;
  /** As it was asked for. */
  readonly traffic: readonly TrafficTarget[];
  /** As it is in force. */
  readonly served: readonly ServedTarget[];
  /** The newest first. */
  readonly revisions: readonly Revision[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly changedBy: { readonly who: string; readonly client: string; readonly at: string };
  /** Overrides the split for clients that hold a cookie. */
  readonly sessionAffinity: boolean;
}
