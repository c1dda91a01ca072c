import {
  accountEmail,
  ATTRIBUTES,
  githubCondition,
  ISSUER,
} from '../../../engine/setup/identity.ts';
import type { Piece, Scope, Site } from '../../../engine/setup/piece.ts';
import type { GoogleRequest } from './google-calls.ts';

type Made = Exclude<Piece, { kind: 'role' }>;

interface PieceRequests {
  readonly read: GoogleRequest;
  readonly write: GoogleRequest;
}

const ROTATION_SECONDS = 90 * 24 * 3600;

/** How a piece is looked for, and made. `secretOf` gives the value of an environment variable. */
export function pieceRequests(
  piece: Made,
  site: Site,
  { now, secretOf }: { readonly now: Date; readonly secretOf: (variable: string) => string },
): PieceRequests {
  const { project, region } = site;
  const here = `/v1/projects/${project}`;
  const place = `${here}/locations/${region}`;
  switch (piece.kind) {
    case 'api':
      return on('serviceusage', `${here}/services/${piece.name}`, {
        path: `${here}/services/${piece.name}:enable`,
        body: {},
      });
    case 'account':
      return on('iam', `${here}/serviceAccounts/${accountEmail(piece.name, project)}`, {
        path: `${here}/serviceAccounts`,
        body: { accountId: piece.name, serviceAccount: { displayName: piece.title } },
      });
    case 'bucket':
      return on('storage', `/storage/v1/b/${piece.name}`, {
        path: `/storage/v1/b?project=${project}`,
        body: {
          name: piece.name,
          location: region,
          iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
        },
      });
    case 'repository':
      return on('artifactregistry', `${place}/repositories/${piece.name}`, {
        path: `${place}/repositories?repositoryId=${piece.name}`,
        body: { format: 'DOCKER' },
      });
    case 'keyRing':
      return on('cloudkms', `${place}/keyRings/${piece.name}`, {
        path: `${place}/keyRings?keyRingId=${piece.name}`,
        body: {},
      });
    case 'key':
      return on('cloudkms', scopePath({ ...piece, kind: 'key' }, site), {
        path: `${place}/keyRings/${piece.keyRing}/cryptoKeys?cryptoKeyId=${piece.name}`,
        body: {
          purpose: 'ENCRYPT_DECRYPT',
          rotationPeriod: `${ROTATION_SECONDS}s`,
          nextRotationTime: new Date(now.getTime() + ROTATION_SECONDS * 1000).toISOString(),
        },
      });
    case 'secret':
    case 'secretValue':
    case 'topic':
    case 'dataset':
    case 'pool':
    case 'provider':
    default:
      return furtherRequests(piece, site, secretOf);
  }
}

type Further = Extract<
  Made,
  { kind: 'secret' | 'secretValue' | 'topic' | 'dataset' | 'pool' | 'provider' }
>;

function furtherRequests(
  piece: Further,
  { project, region }: Site,
  secretOf: (variable: string) => string,
): PieceRequests {
  const here = `/v1/projects/${project}`;
  const pools = `${here}/locations/global/workloadIdentityPools`;
  switch (piece.kind) {
    case 'secret':
      return on('secretmanager', `${here}/secrets/${piece.name}`, {
        path: `${here}/secrets?secretId=${piece.name}`,
        body: { replication: { automatic: {} } },
      });
    case 'secretValue':
      return on('secretmanager', `${here}/secrets/${piece.name}/versions/latest`, {
        path: `${here}/secrets/${piece.name}:addVersion`,
        body: { payload: { data: Buffer.from(secretOf(piece.variable)).toString('base64') } },
      });
    case 'topic':
      return on('pubsub', `${here}/topics/${piece.name}`, {
        method: 'PUT',
        path: `${here}/topics/${piece.name}`,
        body: {},
      });
    case 'dataset':
      return on('bigquery', scopePath(piece, { project, region }), {
        path: `/bigquery/v2/projects/${project}/datasets`,
        body: {
          datasetReference: { projectId: project, datasetId: piece.name },
          location: region,
        },
      });
    case 'pool':
      return on('iam', `${pools}/${piece.name}`, {
        path: `${pools}?workloadIdentityPoolId=${piece.name}`,
        body: { displayName: 'GitHub' },
      });
    case 'provider':
    default:
      return on('iam', `${pools}/${piece.pool}/providers/${piece.name}`, {
        path: `${pools}/${piece.pool}/providers?workloadIdentityPoolProviderId=${piece.name}`,
        body: {
          displayName: 'GitHub',
          oidc: { issuerUri: ISSUER },
          attributeMapping: ATTRIBUTES,
          attributeCondition: githubCondition(piece.repository),
        },
      });
  }
}

/** The API of what a role is given on, and its path. */
export function scopeApi({ kind }: Scope): string {
  const apis = {
    project: 'cloudresourcemanager',
    account: 'iam',
    secret: 'secretmanager',
    dataset: 'bigquery',
    key: 'cloudkms',
  } as const;
  return apis[kind];
}

export function scopePath(scope: Scope, { project, region }: Site): string {
  const here = `/v1/projects/${project}`;
  switch (scope.kind) {
    case 'project':
      return here;
    case 'account':
      return `${here}/serviceAccounts/${accountEmail(scope.name, project)}`;
    case 'secret':
      return `${here}/secrets/${scope.name}`;
    case 'dataset':
      return `/bigquery/v2/projects/${project}/datasets/${scope.name}`;
    case 'key':
    default:
      return `${here}/locations/${region}/keyRings/${scope.keyRing}/cryptoKeys/${scope.name}`;
  }
}

function on(
  api: string,
  path: string,
  write: Partial<GoogleRequest> & Pick<GoogleRequest, 'path'>,
): PieceRequests {
  return { read: { api, method: 'GET', path }, write: { api, method: 'POST', ...write } };
}
