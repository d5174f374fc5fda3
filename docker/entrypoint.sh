#!/bin/sh
# What the containers of docker-compose.yml do: entrypoint.sh init, api-server, scheduler, dag-processor, triggerer,
# worker, cleaner, demo. Anything else is run as a command: entrypoint.sh attain status.
set -eu
cd "$(dirname "$0")/.."

case ",${COMPOSE_PROFILES:-}," in
    *,celery,* | *",*,"*) AIRFLOW__CORE__EXECUTOR=CeleryExecutor ;;
    *) AIRFLOW__CORE__EXECUTOR=LocalExecutor ;;
esac
export AIRFLOW__CORE__EXECUTOR

refuse() {
    printf '%s\n' "$*" >&2
    exit 1
}

first_user() {
    # By standard input, without a terminal to ask at: a password is no argument. A user that is there keeps its own.
    printf '%s\n%s\n' "$AIRFLOW_ADMIN_PASSWORD" "$AIRFLOW_ADMIN_PASSWORD" |
        PYTHONWARNINGS=ignore setsid -w airflow users create --role Admin --username "$AIRFLOW_ADMIN_USER" \
            --email "$AIRFLOW_ADMIN_EMAIL" --firstname First --lastname User
}

case "${1:-}" in
    init)
        python docker/prepare.py
        airflow db migrate
        first_user
        attain migrate
        ;;
    api-server)
        exec airflow api-server
        ;;
    scheduler)
        # The log folder is shared, so nothing needs to serve logs. Tasks of LocalExecutor are forked from here, with
        # what they import in memory; under Celery they are not.
        if [ "$AIRFLOW__CORE__EXECUTOR" = CeleryExecutor ]; then
            exec airflow scheduler --skip-serve-logs
        fi
        exec python -m attain.airflow_scheduler --skip-serve-logs
        ;;
    dag-processor | triggerer)
        exec airflow "$@"
        ;;
    worker)
        [ "$AIRFLOW__CORE__EXECUTOR" = CeleryExecutor ] || refuse \
            "worker: COMPOSE_PROFILES does not name celery, so the scheduler keeps its tasks to itself and this worker" \
            "would wait for ever. Nothing was started. Write COMPOSE_PROFILES=celery into .env, instead of --profile celery."
        exec airflow celery worker --skip-serve-logs
        ;;
    cleaner)
        exec docker/clean.sh
        ;;
    demo)
        [ "${ATTAIN_COMPANY:-}" = demo ] || refuse \
            "demo: the company is ${ATTAIN_COMPANY:-not set}, not demo. Nothing was started. Set ATTAIN_COMPANY=demo and" \
            "COMPOSE_PROFILES=demo in .env, or leave the profile out."
        exec python docker/demo_company.py
        ;;
    "")
        refuse "entrypoint: say what to run: init, api-server, scheduler, dag-processor, triggerer, worker, cleaner or demo."
        ;;
    *)
        exec "$@"
        ;;
esac
