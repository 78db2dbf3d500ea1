# Everything happens in .venv. It is made anew whenever a lock file or pyproject.toml has changed; the stamps carry
# their checksums, because a clone or a checkout gives files new times.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCK := $(firstword $(shell cat constraints.txt pyproject.toml | cksum))
LOCK_TEST := $(firstword $(shell cat constraints-test.txt pyproject.toml | cksum))
INSTALLED := .venv/installed-$(LOCK)
INSTALLED_TEST := .venv/installed-test-$(LOCK_TEST)
ONCE ?=
COUNT ?= 40
KILLS ?= 200
READS ?= 100000
MODEL ?= 2000
BENCH ?= graph value suggest import
PYTEST ?=

.PHONY: help demo serve warm test check lint bench chaos mutation lock clean
.DEFAULT_GOAL := help

help: ## This list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

demo: warm ## Load the demonstration, print its report, serve it (ONCE=1: end after the report)
	$(BIN)/icrm demo $(if $(ONCE),--once)

serve: warm ## The HTTP API and its documentation on 127.0.0.1:8000
	$(BIN)/icrm serve

warm: $(INSTALLED) ## Compile the kernels into a cache, once
	@$(BIN)/icrm warm

test: $(INSTALLED_TEST) ## Every test; with Java 17 and Maven also on a real Neo4j
	$(BIN)/icrm warm
	@sh tools/test.sh $(PYTEST)

check: lint test ## What CI runs: lint, types, import rules, then every test

lint: $(INSTALLED_TEST) ## ruff, mypy and the import contracts
	$(BIN)/ruff check app cypher graph_algos seed tests tools
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: warm ## The measurements of docs/performance.md, one JSON file each in build/ (BENCH="graph value")
	@mkdir -p build
	for name in $(BENCH); do $(BIN)/icrm bench $$name --json build/bench-$$name.json || exit 1; done

chaos: $(INSTALLED_TEST) ## On each engine: two schedulers killed KILLS times (P7, P8), introductions driven MODEL times
	ICRM_KILLS=$(KILLS) ICRM_READS=$(READS) $(BIN)/python -m pytest -s tests/journey/test_scheduler.py
	ICRM_MODEL_EXAMPLES=$(MODEL) $(BIN)/python -m pytest -s tests/journey/test_introduction_machine.py

mutation: $(INSTALLED_TEST) ## Plant COUNT small bugs in kernels, domain and store; list those that no test sees
	$(BIN)/python tools/mutation.py --count $(COUNT)

lock: ## Resolve the lock files anew (needs uv)
	sh tools/lock.sh

clean: ## Remove the environment, caches and the demonstration's data
	rm -rf .venv build dist .icrm .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find app cypher graph_algos seed tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "icrm needs Python 3.11 or newer; say which with make PYTHON=python3.12 …")'
	@echo "Installing into .venv …"
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) --require-hashes -r constraints.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(INSTALLED_TEST): $(INSTALLED) constraints-test.txt
	@echo "Installing what the tests need …"
	@$(PIP) --require-hashes -r constraints-test.txt
	@touch $@
