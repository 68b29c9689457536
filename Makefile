# `make run` needs Python 3.11 or newer and a connection for the first install. `make test` also needs what .ci/system-packages lists.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: run test test-postgresql bench data-check lock translations screenshots

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
PO := $(wildcard web/translations/*/LC_MESSAGES/*.po)

run: .venv/.project
	$(BIN)/kakehashi db upgrade && $(BIN)/kakehashi load
	test -s $(SECRET) || (umask 077 && $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(48))' > $(SECRET))
	KAKEHASHI_SECRET_KEY=$${KAKEHASHI_SECRET_KEY:-$$(cat $(SECRET))} exec $(BIN)/kakehashi serve
# Made once, for this machine's eyes only. It signs sessions and mailed links; the commands that send mail need it too.
SECRET := "$${KAKEHASHI_INSTANCE_FOLDER:-instance}/secret_key"

test: .venv/.test .venv/.project
	.ci/system-packages
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy && $(BIN)/lint-imports --no-logo
	$(BIN)/kakehashi check
	$(PYTEST) -m "not bench and (once or not e2e)"
	$(PYTEST) -m "not bench and not once" --database postgresql tests/web tests/e2e
# Side by side, a file in one piece: what a file needs, such as a browser or a loaded database, is made once. NumPy keeps
# to one thread a test.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest -n $${WORKERS:-2} --dist loadfile --no-loadscope-reorder

# Everything once more on PostgreSQL, whatever it asks.
test-postgresql: .venv/.test .venv/.project
	.ci/system-packages
	$(PYTEST) -m "not bench" --database postgresql

bench: .venv/.test .venv/.project
	$(BIN)/pytest -m bench

# Every page in every language at both widths, to be looked at.
screenshots: .venv/.test .venv/.project
	$(BIN)/pytest -q tests/e2e/screenshots.py

data-check: .venv/.project
	$(BIN)/kakehashi check

# The newest versions that install together, whatever the last lock said. Edit pyproject.toml first, commit both locks.
lock: .venv-lock/.ready
	.venv-lock/bin/uv $(UV_LOCK) --group build -o requirements.lock
	.venv-lock/bin/uv $(UV_LOCK) --group test --extra onnx -c requirements.lock -o requirements-test.lock
# Hashes so that nothing else installs, universal so that one lock serves every platform and Python; no addresses.
UV_LOCK := pip compile pyproject.toml --no-config --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet

translations: .venv/.project
	$(BIN)/pybabel extract -F pyproject.toml $(POT) -o web/translations/messages.pot .
	$(BIN)/pybabel update --no-fuzzy-matching --ignore-pot-creation-date --no-wrap -i web/translations/messages.pot -d web/translations
	$(BIN)/pybabel compile -d web/translations
# File names without line numbers: an edit elsewhere in a template leaves the translations alone.
POT := --project Kakehashi --copyright-holder "the Kakehashi authors" --add-location file --sort-by-file --no-wrap

# Stamps: pip runs only when what it would read is newer than its last success.
.venv/.new:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Kakehashi needs Python 3.11 or newer: make PYTHON=python3.x")'
	$(PYTHON) -m venv .venv && touch $@

.venv/.locked: requirements.lock | .venv/.new
	$(PIP) install --require-hashes -r $< && touch $@

.venv/.test: requirements-test.lock .venv/.locked
	$(PIP) install --require-hashes -r $< && touch $@

# The build compiles the translations (setup.py); its warning about editable installs would worry a first-time user.
.venv/.project: .venv/.locked pyproject.toml setup.py $(PO)
	PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation -e . && touch $@

.venv-lock/.ready:
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip --quiet install uv && touch $@
