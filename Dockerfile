# One image for every service of docker-compose.yml but the databases and Redis. For both platforms:
#   docker buildx bake --push      (platforms stand in docker-compose.yml)
# Everything installed comes from uv.lock, by hash. The base image is pinned by version; add its digest where your
# registry can look it up.
ARG PYTHON_IMAGE=python:3.11.15-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG UV_VERSION=0.13.9
ENV UV_PROJECT_ENVIRONMENT=/opt/venv \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1
RUN pip install --no-cache-dir --disable-pip-version-check "uv==${UV_VERSION}"
WORKDIR /opt/attain
# Apart from the sources, so that a change of those does not install everything anew. Wheels only: nothing is compiled,
# so neither stage needs a compiler.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --extra celery --extra fab --no-install-project --no-build
# The project runs from its sources, as in a checkout: models and templates stand beside them.
COPY README.md LICENSE ./
COPY attain/ attain/
COPY demo/ demo/
COPY extract/ extract/
COPY expectations/ expectations/
COPY report/ report/
COPY dags/ dags/
COPY dbt_project/ dbt_project/
COPY docker/ docker/
RUN python -m compileall -q -j 0 attain demo extract expectations report dags docker

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Attain" \
      org.opencontainers.image.description="An open warehouse for sales performance management" \
      org.opencontainers.image.licenses="Apache-2.0"
# Volumes that are new take over these folders with their owner, so no service needs root.
RUN groupadd --gid 10001 attain \
    && useradd --uid 10001 --gid attain --no-create-home --home-dir /tmp --shell /usr/sbin/nologin attain \
    && install -d -o attain -g attain -m 0700 /var/lib/attain \
    && install -d -o attain -g attain -m 0755 /var/log/attain
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/attain /opt/attain
ENV PATH=/opt/venv/bin:/opt/attain/docker/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/attain \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /opt/attain
USER 10001:10001
ENTRYPOINT ["/opt/attain/docker/entrypoint.sh"]
