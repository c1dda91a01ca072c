#!/usr/bin/env bash
# Makes the jobs of Cloud Scheduler that call Convergence as deployment/rollout.yaml declares them:
#   deployment/deploy-scheduler-jobs.sh ENVIRONMENT [--dry-run] [--yes] [--project ID] [--region R]
# Another file: ROLLOUT_FILE=path deployment/deploy-scheduler-jobs.sh …
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec npx --no-install rollout scheduler apply --file "${ROLLOUT_FILE:-deployment/rollout.yaml}" "$@"
