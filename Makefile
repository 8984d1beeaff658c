# The only entry: `make run` starts the product, `make test` runs its tests; both set up what they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?= 8050
BIN := .venv/bin
STAMPS := .make
LOCK := requirements.txt constraints.txt

.PHONY: help
help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMPS):
	@mkdir -p $@

$(STAMPS)/system-run: scripts/install_system.sh | $(STAMPS)
	@scripts/install_system.sh run
	@touch $@

$(STAMPS)/system-test: scripts/install_system.sh | $(STAMPS)
	@scripts/install_system.sh test
	@touch $@

# Stamps of Python packages lie in .venv: removing it removes them too.
.venv/.made: $(STAMPS)/system-run
	@echo "setup: Python environment in .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@touch $@

.venv/.packages-run: .venv/.made $(LOCK)
	@echo "setup: Python packages (requirements.txt)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.packages-dev: .venv/.packages-run requirements-dev.txt
	@echo "setup: Python packages for tests (requirements-dev.txt)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

vendor/.stamp: package.json package-lock.json scripts/vendor_assets.mjs $(STAMPS)/system-run
	@echo "setup: browser packages (package-lock.json)"
	@npm ci --silent --no-audit --no-fund --ignore-scripts
	@node scripts/vendor_assets.mjs
	@touch $@

.PHONY: setup
setup: .venv/.packages-run vendor/.stamp ## Install what running needs

.PHONY: setup-dev
setup-dev: setup .venv/.packages-dev $(STAMPS)/system-test ## Install what tests need as well

.PHONY: run
run: setup ## Start everything on 127.0.0.1:8050; an empty database gets the demo city
	@exec $(BIN)/python app.py serve --demo --port $(PORT)

.PHONY: demo
demo: setup ## Load the demo city afresh (replaces what is in the database)
	@$(BIN)/python app.py demo --reset

.PHONY: test
test: setup-dev ## Unit, database and browser tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not browser"
	@$(BIN)/python -m pytest -m "browser and not slow"

.PHONY: test-slow
test-slow: setup-dev ## Deep property tests, the long attack on the HTTP interface
	@$(BIN)/python -m pytest -m slow

.PHONY: test-faults
test-faults: setup-dev ## Kill the program, a backend and the database again and again while reports come in
	@$(BIN)/python -m pytest -s -m "slow or not slow" tests/faults

.PHONY: soak
soak: setup-dev ## Keep a wall under 60 times the usual events for 20 minutes (MINUTES=n)
	@$(BIN)/python -m tests.soak.run $(if $(MINUTES),--minutes $(MINUTES))

.PHONY: check
check: setup-dev ## Format, lint, types, import contract, fast tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy app.py geo data layers dashboard
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/geo tests/architecture

.PHONY: fix
fix: setup-dev ## Format and repair what tools can repair
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: bench
bench: setup-dev ## Measure against peers and limits in one run
	@$(BIN)/python -m tests.benchmarks.run

.PHONY: bench-zones
bench-zones: setup-dev ## Measure the zoning engine against its peers
	@$(BIN)/python -m tests.benchmarks.zones.run

.PHONY: bench-live
bench-live: setup-dev ## Measure the live feed: 100 viewers at the socket, 500 events a second
	@$(BIN)/python -m tests.benchmarks.live.run
