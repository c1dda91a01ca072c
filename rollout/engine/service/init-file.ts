import type { RolloutDocument } from './document/rollout-document.ts';

/** The rollout.yaml that `rollout init` writes: manual, example and test of the schema at once. */
export function initFile(service: NonNullable<RolloutDocument['service']>): string {
  return TEXT.replace('service: hello', `service: ${service}`);
}

const TEXT = `# How this service is shipped. \`rollout plan ENVIRONMENT\` shows what would be done, and does nothing.

# The name of the Cloud Run service. A folder with several services lists them instead, in the
# order in which they are shipped; each may have any key of this file of its own:
#   services:
#     - { name: api, paths: [api/**, shared/**] }
#     - { name: worker, paths: [worker/**, shared/**], command: [node, worker.js] }
service: hello

# Only changes of these files ship the service. Without it, any change does.
# paths: [src/**, package.json, Dockerfile]

# How the image is made: dockerfile (docker or podman on this machine), cloud-build, or none.
build: { kind: dockerfile, file: Dockerfile, context: . }

# What a revision runs with. Every key may also stand in an environment, where it wins.
port: 8080 # the process is told as PORT
cpu: 1
memory: 512Mi
concurrency: 80 # requests at once for an instance
timeout: 60s # for one request
probes: { startup: /health/ready, liveness: /health/live }
env: { LOG_LEVEL: info }

environments:
  # On this machine, on local-cloud (\`npx local-cloud start\`): the command runs as a process.
  local:
    project: local
    command: [node, server.js]
    strategy: direct

  staging:
    project: acme-staging
    region: europe-west1
    branches: [develop, main]
    image: europe-west1-docker.pkg.dev/acme-staging/images/hello
    strategy: canary-10

  production:
    project: acme-production
    region: europe-west1
    branches: main
    approval: true # somebody says \`rollout approve\` before anything moves
    image: europe-west1-docker.pkg.dev/acme-production/images/hello
    serviceAccount: hello@acme-production.iam.gserviceaccount.com
    minInstances: 2
    maxInstances: 50
    secrets: { DATABASE_URL: hello-database-url } # of Secret Manager; name:version pins one
    # envFile: env/production.env # lines of NAME=value; env wins over it
    gates: # at the top of the file they hold for all environments
      tests: npm test
      freeze: # nothing is shipped meanwhile; abort and rollback always work
        - { from: 2026-12-23, until: 2027-01-02, reason: holidays }
        - { weekly: fri 16:00 - mon 07:00, zone: Europe/Berlin, reason: weekend }

# Presets: sequential, canary-10-50-100, gradual-25-50-100, canary-10, direct.
# A name alone takes one as it is; a map changes parts of one (of sequential without preset).
strategy:
  # Asked at the new revision's own URL, before it gets any traffic.
  prove: { health: /health/ready, suite: smoke, retries: 5 }
  # Percent of the requests, and how long the judge compares the two revisions at it.
  steps:
    - { traffic: 10, for: 5m }
    - { traffic: 50, for: 5m }
    - { traffic: 100, watch: 10m } # the way back stays open for so long
  # sequential: a healthy release is taken back with a probability of at most alpha.
  # Or fixed limits: { kind: thresholds, errorRate: 1%, p95: 60s, p99: 120s, minRequests: 100 }
  judge: { kind: sequential, alpha: 0.01 }
  # When the judge cannot tell. A hold waits for a person; nobody comes: the rollout is aborted.
  on:
    inconclusive: extend 10m then hold
    noData: hold 24h
    providerError: retry 10m then hold
  keepRevisions: 5 # besides those that traffic can return to

# Calls of the service by a timetable; \`rollout scheduler apply ENVIRONMENT\` makes the jobs.
# scheduler:
#   clean-up:
#     { schedule: '0 4 * * *', path: /clean-up, headers: { X-Key: { secret: hello-key } }, retries: 3 }

# Requests that must be answered as said. \`rollout verify\` asks them, too.
suites:
  smoke:
    - { path: /health/ready }
    - { name: greets, path: /, status: 200, maxLatency: 2s }
`;
