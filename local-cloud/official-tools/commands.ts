export interface ToolCommand {
  /** As a shell takes it, in a folder with the files of `files`. */
  readonly command: string;
  /** What its output shows; null: only that it ends well. */
  readonly shows: RegExp | null;
}

/** Commands of one product, in their order. */
export interface ToolGroup {
  readonly product: string;
  readonly commands: readonly ToolCommand[];
}

/** What a command needs that is not on this machine. */
interface Impossible {
  readonly command: string;
  readonly why: string;
}

const REGISTRY = 'us-central1-docker.pkg.dev/local/images';
const SERVER =
  'http.createServer((_, to) => to.end(process.env.K_REVISION)).listen(process.env.PORT)';
const DEPLOY = `gcloud run deploy shop --image=shop --command=node --args='^|^-e|${SERVER}' --no-allow-unauthenticated`;
const KEY = '--location=us-central1 --keyring=ring --key=key';
const JOB = '--location=us-central1';
const NDJSON = 'NEWLINE_DELIMITED_JSON';
const SQL = '--use_legacy_sql=false';

function works(command: string, shows: RegExp | null = null): ToolCommand {
  return { command, shows };
}

/** Files that the commands read. */
export const files: Readonly<Record<string, string>> = {
  token: 'local',
  secret: 'first',
  'secret-2': 'second',
  plain: 'a message',
  'items.ndjson': '{"id": 1, "price": "9.99"}\n{"id": 2, "price": "0.01"}\n',
  'cloudbuild.yaml': "steps: [{ name: bash, args: ['-c', 'echo built'] }]\n",
};

/** The commands of the guides. Groups know nothing of each other. */
export const groups: readonly ToolGroup[] = [
  {
    product: 'Cloud Run',
    commands: [
      works(`${DEPLOY} --revision-suffix=one`, /shop-one/),
      works(`${DEPLOY} --revision-suffix=two --no-traffic --tag=next`, /shop-two/),
      works('gcloud run services list --format="value(metadata.name)"', /^shop$/m),
      works('gcloud run services describe shop --format="value(status.traffic)"', /shop-one/),
      works('gcloud run services update-traffic shop --to-tags=next=10', /10% shop-two/),
      works(
        'gcloud run services update-traffic shop --to-revisions=shop-two=100 --remove-tags=next',
        /100% shop-two/,
      ),
      works(
        'gcloud run revisions list --service=shop --format="value(metadata.name)"',
        /^shop-two\nshop-one$/,
      ),
      works(
        'gcloud run revisions describe shop-one --format="value(spec.containers[0].image)"',
        /^shop$/,
      ),
      works('gcloud run revisions delete shop-one --quiet'),
      works('gcloud run services describe shop --format=export > shop.yaml'),
      works('gcloud run services replace shop.yaml'),
      works('gcloud run services delete shop --quiet'),
    ],
  },
  {
    product: 'Secret Manager',
    commands: [
      works('gcloud secrets create key --data-file=secret'),
      works('gcloud secrets versions add key --data-file=secret-2'),
      works('gcloud secrets versions access latest --secret=key', /^second$/),
      works('gcloud secrets versions list key --format="value(name)"', /^2\n1$/),
      works('gcloud secrets list --format="value(name)"', /^key$/),
    ],
  },
  {
    product: 'Cloud KMS',
    commands: [
      works('gcloud kms keyrings create ring --location=us-central1'),
      works(
        'gcloud kms keys create key --location=us-central1 --keyring=ring --purpose=encryption',
      ),
      works(`gcloud kms encrypt ${KEY} --plaintext-file=plain --ciphertext-file=secretly`),
      works(
        `gcloud kms decrypt ${KEY} --ciphertext-file=secretly --plaintext-file=-`,
        /^a message$/,
      ),
    ],
  },
  {
    product: 'Cloud Scheduler',
    commands: [
      works(
        `gcloud scheduler jobs create http nightly ${JOB} --schedule="0 3 * * *" --uri=http://127.0.0.1:9/run --attempt-deadline=60s`,
      ),
      works(`gcloud scheduler jobs list ${JOB} --format="value(name.basename())"`, /nightly/),
      works(`gcloud scheduler jobs update http nightly ${JOB} --schedule="0 4 * * *"`),
      works(
        `gcloud scheduler jobs describe nightly ${JOB} --format="value(schedule)"`,
        /^0 4 \* \* \*$/,
      ),
      works(`gcloud scheduler jobs run nightly ${JOB}`),
    ],
  },
  {
    product: 'Cloud Logging',
    commands: [
      works('gcloud logging write guide "a line" --severity=ERROR'),
      works(
        `gcloud logging read 'logName:guide AND severity>=ERROR' --format="value(textPayload)"`,
        /^a line$/,
      ),
    ],
  },
  {
    product: 'Artifact Registry',
    commands: [
      works(
        'gcloud artifacts repositories create images --repository-format=docker --location=us-central1',
      ),
      works(
        `curl -sf -X POST "$REST/local/v1/images" -d '{ "image": "${REGISTRY}/shop:1" }'`,
        /sha256:/,
      ),
      works(
        `gcloud artifacts docker images list ${REGISTRY} --include-tags --format="value(tags)"`,
        /^1$/,
      ),
      works(`gcloud artifacts docker tags add ${REGISTRY}/shop:1 ${REGISTRY}/shop:2`),
      works(`gcloud artifacts docker images delete ${REGISTRY}/shop --delete-tags --quiet`),
      works(
        'gcloud artifacts repositories list --location=us-central1 --format="value(name)"',
        /images$/,
      ),
    ],
  },
  {
    product: 'Cloud Build',
    commands: [
      works(
        'gcloud builds submit --no-source --config=cloudbuild.yaml --async --format="value(id)"',
        /-/,
      ),
      works('gcloud builds list --format="value(status)"', /QUEUED|WORKING|SUCCESS/),
      works(
        'gcloud builds describe "$(gcloud builds list --limit=1 --format="value(id)")" --format="value(steps[0].name)"',
        /^bash$/,
      ),
    ],
  },
  {
    product: 'Cloud Storage',
    commands: [
      works('gcloud storage buckets create gs://theirs --location=us-central1'),
      works('gcloud storage cp plain gs://theirs/a/plain'),
      works('gcloud storage ls gs://theirs/a/', /^gs:\/\/theirs\/a\/plain$/),
      works('gcloud storage cat gs://theirs/a/plain', /^a message$/),
    ],
  },
  {
    product: 'BigQuery',
    commands: [
      works('bq --api $REST mk --dataset shop', /successfully created/),
      works('bq --api $REST mk --table shop.items id:INTEGER,price:NUMERIC'),
      works(`bq --api $REST load --source_format=${NDJSON} shop.items items.ndjson`, /DONE/),
      works('bq --api $REST ls shop', /items +TABLE/),
      works('bq --api $REST show --schema shop.items', /"name":"price","type":"NUMERIC"/),
      works('bq --api $REST head --max_rows=1 shop.items', /9\.99/),
      works(
        `bq --api $REST query ${SQL} --dry_run 'SELECT id FROM shop.items'`,
        /will process \d+ bytes/,
      ),
      works(
        `bq --api $REST query ${SQL} --format=csv 'SELECT SUM(price) AS total FROM shop.items'`,
        /^total\n10$/m,
      ),
      works(`curl -sf -X POST "$REST/storage/v1/b?project=local" -d '{ "name": "exports" }'`),
      works(
        `bq --api $REST extract --destination_format=${NDJSON} shop.items gs://exports/items.ndjson`,
        /DONE/,
      ),
      works('bq --api $REST rm -r -f shop'),
    ],
  },
  {
    product: 'IAM and APIs',
    commands: [
      works('gcloud services enable run.googleapis.com'),
      works('gcloud iam service-accounts create deployer --display-name=Deployer'),
      works(
        'gcloud projects add-iam-policy-binding local --member=serviceAccount:deployer@local.iam.gserviceaccount.com --role=roles/run.developer --condition=None',
        /roles\/run.developer/,
      ),
      works('gcloud iam workload-identity-pools create github --location=global'),
      works(
        'gcloud iam workload-identity-pools providers create-oidc github --location=global --workload-identity-pool=github --issuer-uri=https://token.actions.githubusercontent.com --attribute-mapping=google.subject=assertion.sub --attribute-condition="assertion.repository==\'o/r\'"',
      ),
    ],
  },
];

export const impossible: readonly Impossible[] = [
  {
    command: 'gcloud builds submit, gcloud builds log, without --async',
    why: 'gcloud reads the log from https://storage.googleapis.com whatever the override says: `gcloud storage cat` of the log instead',
  },
  {
    command: 'gcloud auth login, gcloud auth configure-docker',
    why: "need Google's own pages, and a registry",
  },
  {
    command: 'gcloud run deploy --allow-unauthenticated',
    why: 'IAM policies of services are not modelled: gcloud deploys and warns; nothing asks who calls',
  },
];
