import type { Piece, Scope } from './piece.ts';

export interface SetupChoice {
  readonly service: string;
  readonly environment: string;
  /** The bucket of the journal. */
  readonly bucket: string;
  readonly isBuiltInCloud: boolean;
  /** `acme/shop`; null: no identity for GitHub. */
  readonly github: string | null;
  /** By name, the environment variable with the first value; null: without a value. */
  readonly secrets: Readonly<Record<string, string | null>>;
  readonly datasets: readonly string[];
}

const DEPLOYER = 'rollout-deployer';
const REPOSITORY = 'images';
const KEY_RING = 'rollout';
const POOL = 'github';

const APIS = [
  'artifactregistry',
  'bigquery',
  'cloudbuild',
  'cloudkms',
  'cloudresourcemanager',
  'cloudscheduler',
  'iam',
  'iamcredentials',
  'logging',
  'monitoring',
  'pubsub',
  'run',
  'secretmanager',
  'storage',
  'sts',
];

/** Of what runs, on the project. */
const OF_RUNTIME = [
  // Runs jobs and makes datasets; it owns those that it makes, and reaches no others.
  'bigquery.user',
  'pubsub.publisher',
  'logging.logWriter',
  // Names and labels, no values: secrets are listed by project only.
  'secretmanager.viewer',
];

/** All that has to be there, each piece after those that it needs. */
export function wantSetup(choice: SetupChoice): readonly Piece[] {
  const { service, environment, bucket, secrets, datasets } = choice;
  const key = { name: service, keyRing: KEY_RING };
  return [
    ...APIS.map((name): Piece => ({ kind: 'api', name: `${name}.googleapis.com` })),
    { kind: 'account', name: DEPLOYER, title: 'Ships releases' },
    { kind: 'account', name: accountName(service, 'run'), title: `Runs ${service}` },
    {
      kind: 'account',
      name: accountName(service, 'jobs'),
      title: `Calls ${service} by a timetable`,
    },
    { kind: 'bucket', name: bucket },
    { kind: 'repository', name: REPOSITORY },
    { kind: 'keyRing', name: KEY_RING },
    { kind: 'key', ...key },
    { kind: 'topic', name: `pipeline-events-${environment}` },
    ...datasets.map((name): Piece => ({ kind: 'dataset', name })),
    ...Object.entries(secrets).flatMap(([name, variable]): Piece[] => [
      { kind: 'secret', name },
      ...(variable === null ? [] : [{ kind: 'secretValue', name, variable } as const]),
    ]),
    ...wantRoles(choice, key),
    ...wantGithub(choice.github),
  ];
}

/** Of an account of the service; Google takes 6 to 30 characters. */
function accountName(service: string, purpose: 'run' | 'jobs'): string {
  const suffix = `-${purpose}`;
  const stem = service.slice(0, 30 - suffix.length).replace(/-+$/, '');
  return `${stem}${suffix}`.padEnd(6, '0');
}

function wantRoles(
  { service, isBuiltInCloud, secrets, datasets }: SetupChoice,
  key: { readonly name: string; readonly keyRing: string },
): readonly Piece[] {
  const runtime = accountName(service, 'run');
  const project: Scope = { kind: 'project' };
  const give = (role: string, name: string, on: Scope): Piece => ({
    kind: 'role',
    role: `roles/${role}`,
    member: { kind: 'account', name },
    on,
  });
  const ofDeployer = [
    'run.developer',
    'artifactregistry.writer',
    'storage.objectUser',
    'monitoring.viewer',
    'logging.logWriter',
    'cloudscheduler.admin',
    ...(isBuiltInCloud ? ['cloudbuild.builds.editor'] : []),
  ];
  return [
    ...ofDeployer.map((role) => give(role, DEPLOYER, project)),
    give('iam.serviceAccountUser', DEPLOYER, { kind: 'account', name: runtime }),
    ...OF_RUNTIME.map((role) => give(role, runtime, project)),
    ...['cloudkms.cryptoKeyEncrypterDecrypter', 'cloudkms.viewer'].map((role) =>
      give(role, runtime, { kind: 'key', ...key }),
    ),
    ...Object.keys(secrets).map((name) =>
      give('secretmanager.secretAccessor', runtime, { kind: 'secret', name }),
    ),
    ...datasets.map((name) => give('bigquery.dataEditor', runtime, { kind: 'dataset', name })),
    give('run.invoker', accountName(service, 'jobs'), project),
  ];
}

function wantGithub(repository: string | null): readonly Piece[] {
  if (repository === null) return [];
  return [
    { kind: 'pool', name: POOL },
    { kind: 'provider', name: POOL, pool: POOL, repository },
    {
      kind: 'role',
      role: 'roles/iam.workloadIdentityUser',
      member: { kind: 'github', pool: POOL, repository },
      on: { kind: 'account', name: DEPLOYER },
    },
  ];
}
