# Needs make and Python 3.11 to 3.13; everything else is installed from uv.lock into .venv.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
UV_VERSION := 0.13.9

ATTAIN := .venv/bin/attain
# Sources run from the checkout, whoever's it is.
export PYTHONPATH := $(CURDIR)$(if $(PYTHONPATH),:$(PYTHONPATH))
# Airflow and dbt start in a process per step: compiled once, each starts in half the time.
export UV_COMPILE_BYTECODE := 1

.PHONY: help run up down test lint format docs bench killed clean install install-dev

help: ## Show this.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "make %-12s %s\n", $$1, $$2 }'

run: .venv/.run ## Run the demo company once, end to end, through Airflow; end what was started.
	@$(ATTAIN) run --airflow

up: .venv/.run ## The same, left running: Airflow, the warehouse and the demo company, with their addresses.
	@$(ATTAIN) up

down: ## End what `make up` left running.
	@if [ -x $(ATTAIN) ]; then $(ATTAIN) down; else echo "Nothing is installed, so nothing runs."; fi

test: .venv/.dev ## The whole test suite, by two workers.
	@.venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/.dev ## Ruff, mypy, import contracts, sqlfluff, dbt's strict parse, dbt-bouncer, docs/metrics.md.
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python .ci/lint_sql.py
	.venv/bin/python .ci/strict_parse.py --target $(CURDIR)/dbt_project/target
	.venv/bin/python .ci/check_models.py --artifacts $(CURDIR)/dbt_project/target
	.venv/bin/python .ci/metrics_page.py --artifacts $(CURDIR)/dbt_project/target

format: .venv/.dev ## Let ruff format the code.
	.venv/bin/ruff check --fix-only
	.venv/bin/ruff format

docs: .venv/.dev ## docs/metrics.md, and dbt's site of all models: dbt_project/target/static_index.html.
	.venv/bin/python .ci/metrics_page.py --write
	DBT_ENV_SECRET_PASSWORD=none .venv/bin/dbt --quiet parse --project-dir dbt_project --profiles-dir dbt_project
	DBT_ENV_SECRET_PASSWORD=none .venv/bin/dbt --quiet docs generate --static --empty-catalog --no-compile --project-dir dbt_project --profiles-dir dbt_project

bench: .venv/.dev ## Measure everything, at 10,000 and 1,000,000 deals (hours); parts: python -m bench.NAME.
	@for part in land bulk transform "pipeline --deals 10000 --deals 1000000" airflow table; do .venv/bin/python -m bench.$$part; done

killed: .venv/.dev ## End the main job at fifty moments, run it again after each, and compare.
	@.venv/bin/python -m tests.killed --moments 50 --write

clean: down ## Remove the environment, the warehouse with its data, and all caches.
	@if [ -x $(ATTAIN) ]; then \
		.venv/bin/python -c 'from attain import server, settings; server.remove(settings.load().home)'; fi
	rm -rf .venv .venv-uv .attain .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf dbt_project/target dbt_project/logs dbt_project/.user.yml

install: .venv/.run ## Install what running needs.
install-dev: .venv/.dev ## Install what developing needs.

.venv/.run: uv.lock pyproject.toml
	@echo "Installing what uv.lock says into .venv ..."
	@UV_VERSION=$(UV_VERSION) ./.ci/uv sync --quiet --frozen --inexact --no-dev
	@touch $@

.venv/.dev: uv.lock pyproject.toml
	@echo "Installing what uv.lock says into .venv ..."
	@UV_VERSION=$(UV_VERSION) ./.ci/uv sync --quiet --frozen --inexact
	@touch $@ .venv/.run
