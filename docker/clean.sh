#!/bin/sh
# Once a day: what is older than ATTAIN_KEEP_DAYS in Airflow's metadata and logs, and of the artifacts of runs.
# With --once it does so and ends.
set -eu
days=${ATTAIN_KEEP_DAYS:-30}
case "$days" in
    "" | 0 | *[!0-9]*)
        echo "cleaner: ATTAIN_KEEP_DAYS is '$days', not a number of days from 1 on. Nothing was cleaned. Correct it." >&2
        exit 1
        ;;
esac

clean() {
    before=$(date -u -d "-$days days" +%Y-%m-%dT%H:%M:%S+00:00)
    airflow db clean --clean-before-timestamp "$before" --skip-archive --yes --error-on-cleanup-failure || return 1
    find "$AIRFLOW__LOGGING__BASE_LOG_FOLDER" -type f -mtime "+$days" -delete
    find "$AIRFLOW__LOGGING__BASE_LOG_FOLDER" -mindepth 1 -type d -empty -mtime "+$days" -delete
    if [ -d "$ATTAIN_HOME/runs" ]; then
        # runs/<database>/<run>: by the folder's own age; what lies beside the runs, such as the parsed project, stays.
        find "$ATTAIN_HOME/runs" -mindepth 2 -maxdepth 2 -type d -mtime "+$days" -exec rm -rf {} +
    fi
    touch "${ATTAIN_CLEANED:-/tmp/cleaned}"
    echo "cleaner: kept what is younger than $before"
}

if [ "${1:-}" = --once ]; then
    clean
    exit
fi
trap 'exit 0' TERM INT
while :; do
    clean || echo "cleaner: not all was cleaned; the next try is tomorrow, the reason stands above" >&2
    sleep 86400 &
    wait $!
done
