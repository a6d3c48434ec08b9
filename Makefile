# Two commands matter: `make run` and `make test`. `make help` lists the rest.

SHELL := /bin/bash
export PORT ?= 8000
unexport PYTHONDONTWRITEBYTECODE  # without compiled modules every start is slow

python := .venv/bin/python
pytest := .venv/bin/pytest -q -n auto --maxprocesses 8 --dist worksteal
on_sqlite := DATABASE_URL=sqlite://:memory: $(pytest)
on_postgres := scripts/with-postgres $(pytest)

.PHONY: run test test-sqlite test-postgres lint format lock bench help site dev chromium postgres

run: ## the site with demo content, on SQLite: make run PORT=8123
	@scripts/run

test: dev chromium postgres ## everything on SQLite, and all that asks a database on a throw-away PostgreSQL, in a real browser
	@failed=0; \
	echo "On SQLite"; $(on_sqlite) || failed=1; \
	echo "On PostgreSQL, what asks the database"; ALL_TRIED_ON_ANOTHER_DATABASE=1 $(on_postgres) || failed=1; \
	exit $$failed

test-sqlite: dev chromium ## everything, on SQLite alone
	@$(on_sqlite)

test-postgres: dev chromium postgres ## everything, on PostgreSQL alone
	@$(on_postgres)

lint: dev ## what does not look like the rest
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@git ls-files 'templates/*.html' 'blog/templates/*.html' | xargs -r .venv/bin/djade --check --target-version 5.2

format: dev ## make it look like the rest
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format
	@git ls-files 'templates/*.html' 'blog/templates/*.html' | xargs -r .venv/bin/djade --target-version 5.2

lock: dev ## requirements*.in → requirements*.txt, newest that fit, with hashes
	@for name in requirements requirements-dev; do \
	  .venv/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	    --custom-compile-command "make lock" --output-file $$name.txt $$name.in; \
	done

bench: dev postgres ## what is promised about speed, as ratios taken in one run
	@failed=0; \
	scripts/with-postgres $(python) -m bench || failed=1; \
	scripts/with-postgres $(python) -m bench.comments || failed=1; \
	scripts/with-postgres $(python) -m bench.discussion || failed=1; \
	scripts/with-postgres $(python) -m bench.changes || failed=1; \
	scripts/with-postgres $(python) -m bench.plans || failed=1; \
	$(python) -m bench.importing || failed=1; \
	scripts/with-postgres $(python) -m bench.moving_in || failed=1; \
	$(python) -m bench.verifying || failed=1; \
	scripts/with-postgres $(python) -m bench.verifying || failed=1; \
	scripts/with-postgres $(python) -m bench.archiving || failed=1; \
	exit $$failed

help:
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

site:
	@scripts/install requirements.txt

dev:
	@scripts/install requirements.txt requirements-dev.txt

chromium: dev
	@scripts/find-chromium --install >/dev/null

postgres:
	@scripts/with-postgres --check >/dev/null 2>&1 || \
	  scripts/system-packages "The tests need a PostgreSQL server." postgresql
