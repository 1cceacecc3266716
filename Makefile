# README's two commands: `make run` and `make test`. Each sets itself up from nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := src tests deploy deploy/check
ARGS ?=
# Processes of `make test`; 0 is pytest's own alone. A Redis of yours is emptied by tests, so one has it for itself.
JOBS ?= $(if $(REDIS_URL),0,2)

.PHONY: run test bench check format pins schema clean

run: $(VENV)/.run
	$(BIN)/mobile-gateway run $(ARGS)

test: $(VENV)/.dev
	$(BIN)/pytest -n $(JOBS) --dist worksteal $(ARGS)

bench: $(VENV)/.run
	$(BIN)/mobile-gateway bench all

check: $(VENV)/.dev
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev
	$(BIN)/ruff check --fix-only --quiet $(CODE)
	$(BIN)/ruff format $(CODE)

schema: $(VENV)/.dev
	$(BIN)/mobile-gateway schema print > schema.graphql

# Pins what requirements/*.in names, with hashes and without index addresses.
pins: $(VENV)/bin/python
	$(BIN)/pip install --quiet uv
	cd requirements && for name in run dev; do \
	  ../$(BIN)/uv pip compile $$name.in --universal --python-version 3.11 --generate-hashes --upgrade \
	    --no-annotate --no-header --quiet -o $$name.txt || exit 1; done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements/run.txt pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src # what pip does for all that is not editable
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@
