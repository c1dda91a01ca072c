/** Something that a release needs to be there before the first, made once. */
export type Piece =
  | { readonly kind: 'api'; readonly name: string }
  | { readonly kind: 'bucket'; readonly name: string }
  | { readonly kind: 'repository'; readonly name: string }
  | { readonly kind: 'account'; readonly name: string; readonly title: string }
  | { readonly kind: 'keyRing'; readonly name: string }
  | { readonly kind: 'key'; readonly name: string; readonly keyRing: string }
  | { readonly kind: 'secret'; readonly name: string }
  /** A first version, whose value is in this environment variable. */
  | { readonly kind: 'secretValue'; readonly name: string; readonly variable: string }
  | { readonly kind: 'topic'; readonly name: string }
  | { readonly kind: 'dataset'; readonly name: string }
  | { readonly kind: 'pool'; readonly name: string }
  /** Of GitHub, for one repository such as `acme/shop`. */
  | {
      readonly kind: 'provider';
      readonly name: string;
      readonly pool: string;
      readonly repository: string;
    }
  | { readonly kind: 'role'; readonly role: string; readonly member: Member; readonly on: Scope };

/** Who gets a role. */
export type Member =
  | { readonly kind: 'account'; readonly name: string }
  /** What GitHub runs for a repository. */
  | { readonly kind: 'github'; readonly pool: string; readonly repository: string };

/** What a role is for: the least that does. */
export type Scope =
  | { readonly kind: 'project' }
  | { readonly kind: 'account'; readonly name: string }
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'dataset'; readonly name: string }
  | { readonly kind: 'key'; readonly name: string; readonly keyRing: string };

/** Where the pieces are. */
export interface Site {
  readonly project: string;
  readonly region: string;
}

/** Google Cloud, as far as setup needs it. */
export interface SetupPlatform {
  /** Whether it is there; null when the platform does not have such things (local-cloud). */
  has(piece: Piece): Promise<boolean | null>;
  /** Makes it; there already is as good. @throws platform_denied, platform_unreachable, effect_refused */
  make(piece: Piece): Promise<void>;
}

/** `role roles/run.developer for deployer on project`, for people. */
export function describePiece(piece: Piece): string {
  if (piece.kind === 'role') {
    const { role, member, on } = piece;
    const whom = member.kind === 'account' ? member.name : `GitHub's ${member.repository}`;
    return `${role} for ${whom} on ${on.kind === 'project' ? 'the project' : `${on.kind} ${on.name}`}`;
  }
  const words: Partial<Record<Piece['kind'], string>> = {
    api: 'API',
    account: 'service account',
    keyRing: 'key ring',
    secretValue: 'value of secret',
    pool: 'workload identity pool',
    provider: 'workload identity provider',
  };
  return `${words[piece.kind] ?? piece.kind} ${piece.name}`;
}
