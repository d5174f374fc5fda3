#!/bin/sh
# Prints a complete .env with new secrets: sh docker/new-env.sh > .env; chmod 600 .env. Once per deployment: a second
# set does not open what the first has locked.
set -eu
cd "$(dirname "$0")/.."

random() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

cat .env.example
printf '\n# Made by docker/new-env.sh on %s.\n' "$(date -u +%Y-%m-%d)"
for name in WAREHOUSE_SUPERUSER_PASSWORD WAREHOUSE_ADMIN_PASSWORD WAREHOUSE_SERVICES_PASSWORD \
    METADATA_SUPERUSER_PASSWORD METADATA_PASSWORD REDIS_PASSWORD \
    AIRFLOW_JWT_SECRET AIRFLOW_API_SECRET_KEY AIRFLOW_ADMIN_PASSWORD; do
    printf '%s=%s\n' "$name" "$(random)"
done
printf 'AIRFLOW_FERNET_KEY=%s\n' "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')"
