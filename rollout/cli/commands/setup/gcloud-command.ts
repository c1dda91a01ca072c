import {
  accountEmail,
  ATTRIBUTES,
  githubCondition,
  ISSUER,
} from '../../../engine/setup/identity.ts';
import type { Member, Piece, Scope, Site } from '../../../engine/setup/piece.ts';

type Single = Exclude<Piece, { kind: 'api' }>;

/** What a person would type for these pieces: one command each, APIs together. */
export function gcloudCommands(pieces: readonly Piece[], site: Site): readonly string[] {
  const apis = pieces.flatMap((piece) => (piece.kind === 'api' ? [piece.name] : []));
  const enable =
    apis.length === 0 ? [] : [`gcloud services enable ${apis.join(' ')} --project=${site.project}`];
  const others = pieces.filter((piece) => piece.kind !== 'api');
  return [...enable, ...others.map((piece) => commandOf(piece, site))];
}

function commandOf(piece: Single, site: Site): string {
  const { project, region } = site;
  const of = `--project=${project}`;
  const here = `--location=${region} ${of}`;
  switch (piece.kind) {
    case 'account':
      return `gcloud iam service-accounts create ${piece.name} --display-name=${quote(piece.title)} ${of}`;
    case 'bucket':
      return `gcloud storage buckets create gs://${piece.name} --uniform-bucket-level-access ${here}`;
    case 'repository':
      return `gcloud artifacts repositories create ${piece.name} --repository-format=docker ${here}`;
    case 'keyRing':
      return `gcloud kms keyrings create ${piece.name} ${here}`;
    case 'key':
      return `gcloud kms keys create ${piece.name} --keyring=${piece.keyRing} --purpose=encryption --rotation-period=90d --next-rotation-time=+p90d ${here}`;
    case 'secret':
      return `gcloud secrets create ${piece.name} --replication-policy=automatic ${of}`;
    case 'secretValue':
      return `printf %s "$${piece.variable}" | gcloud secrets versions add ${piece.name} --data-file=- ${of}`;
    case 'topic':
      return `gcloud pubsub topics create ${piece.name} ${of}`;
    case 'dataset':
      return `bq --location=${region} mk --dataset ${project}:${piece.name}`;
    case 'pool':
      return `gcloud iam workload-identity-pools create ${piece.name} --display-name=GitHub --location=global ${of}`;
    case 'provider':
      return providerCommand(piece, of);
    case 'role':
    default:
      return roleCommand(piece, site);
  }
}

function providerCommand(
  { name, pool, repository }: Extract<Piece, { kind: 'provider' }>,
  of: string,
): string {
  const mapping = Object.entries(ATTRIBUTES).map(([key, value]) => `${key}=${value}`);
  return [
    `gcloud iam workload-identity-pools providers create-oidc ${name}`,
    `--workload-identity-pool=${pool} --display-name=GitHub --issuer-uri=${ISSUER}`,
    `--attribute-mapping=${mapping.join(',')}`,
    `--attribute-condition=${quote(githubCondition(repository))} --location=global ${of}`,
  ].join(' ');
}

function roleCommand({ role, member, on }: Extract<Piece, { kind: 'role' }>, site: Site): string {
  const whom = memberOf(member, site.project);
  if (on.kind !== 'dataset') return `${bindingCommand(on, site)} --role=${role} --member=${whom}`;
  const sql = `GRANT \`${role}\` ON SCHEMA \`${site.project}\`.${on.name} TO "${whom}"`;
  return `bq --project_id=${site.project} --location=${site.region} query --use_legacy_sql=false ${quote(sql)}`;
}

function bindingCommand(
  scope: Exclude<Scope, { kind: 'dataset' }>,
  { project, region }: Site,
): string {
  const of = `--project=${project}`;
  switch (scope.kind) {
    case 'project':
      return `gcloud projects add-iam-policy-binding ${project} --condition=None`;
    case 'account':
      return `gcloud iam service-accounts add-iam-policy-binding ${accountEmail(scope.name, project)} ${of}`;
    case 'secret':
      return `gcloud secrets add-iam-policy-binding ${scope.name} ${of}`;
    case 'key':
    default:
      return `gcloud kms keys add-iam-policy-binding ${scope.name} --keyring=${scope.keyRing} --location=${region} ${of}`;
  }
}

function memberOf(member: Member, project: string): string {
  if (member.kind === 'account') return `serviceAccount:${accountEmail(member.name, project)}`;
  const number = `$(gcloud projects describe ${project} --format='value(projectNumber)')`;
  const pool = `projects/${number}/locations/global/workloadIdentityPools/${member.pool}`;
  return `"principalSet://iam.googleapis.com/${pool}/attribute.repository/${member.repository}"`;
}

/** For a POSIX shell. */
function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
