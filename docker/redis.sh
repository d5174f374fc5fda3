#!/bin/sh
# The queue of Celery: on disk, so that what was queued survives a restart. It refuses to forget when memory is short.
set -eu
exec redis-server - <<CONFIG
bind ${REDIS_BIND:-0.0.0.0}
port ${REDIS_PORT:-6379}
dir ${REDIS_FOLDER:-/data}
requirepass ${REDIS_PASSWORD:?is not set}
appendonly yes
appendfsync everysec
save ""
maxmemory 384mb
maxmemory-policy noeviction
CONFIG
