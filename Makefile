# The verbs of the publication. Each does its own set-up: Python packages in .venv, nothing outside this folder.
YEAR ?= 2025
DELIVERIES ?= sample
EDITION ?= public
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help book test check bench verify sample serve lint lock clean

help: ## show the verbs
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

book: .venv/.installed ## set-up + the whole publication into _build/ (YEAR=2025 DELIVERIES=sample EDITION=public)
	@$(BIN)/missions build --year $(YEAR) --deliveries $(DELIVERIES) --edition $(EDITION)

test: .venv/.tested ## set-up + all tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: .venv/.installed ## read all deliveries of a year and tell everything that is wrong with them
	@$(BIN)/missions check --year $(YEAR) --deliveries $(DELIVERIES)

bench: .venv/.tested ## speed of builds and of reading large deliveries, beside plain ways; the long tests
	@$(BIN)/python tests/benchmarks/engine.py --write
	@$(BIN)/python tests/benchmarks/deliveries.py
	@KILLS=50 $(BIN)/python -m pytest -m "long or not long" tests/test_kill.py tests/test_changes.py \
	  tests/test_results.py tests/test_unreadable.py tests/test_factsheets.py

verify: .venv/.installed ## build the same edition in another folder, compare every byte, write checksums
	@$(BIN)/missions verify --year $(YEAR) --deliveries $(DELIVERIES) --edition $(EDITION)

sample: .venv/.installed ## write the synthetic sample deliveries anew
	@$(BIN)/missions sample --year $(YEAR)

serve: .venv/.installed ## a preview at http://localhost:8000 that follows every saved file
	@$(BIN)/missions watch --year $(YEAR) --deliveries $(DELIVERIES) --edition $(EDITION) --port $(PORT)

lock: ## renew the exact pins and hashes from requirements.in and requirements-test.in
	@$(PYTHON) -m venv .cache/lock && .cache/lock/bin/pip --quiet install uv
	@for name in requirements requirements-test; do \
	  .cache/lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	    --custom-compile-command "make lock" --quiet $$name.in -o $$name.txt; done

clean: ## remove everything that the build made (not the set-up)
	rm -rf _build book/annexes data/validated .pytest_cache .ruff_cache .hypothesis

# Debian and Ubuntu ship Python without the part that makes an environment; install it where that is allowed.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=... chooses one)"; exit 1; }
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; \
	  else echo "The Python module venv is missing; run: sudo apt install python3-venv"; exit 1; fi; $(PYTHON) -m venv .venv; }

.venv/.installed: .venv/bin/python requirements.txt pyproject.toml
	@echo "Setting up (once) ..."
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

.venv/.tested: .venv/.installed requirements-test.txt
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "Installing a browser (once) ..."; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else echo "The tests of the site need the browser chromium; run: sudo apt install chromium"; exit 1; fi; }
	@$(PIP) install --require-hashes -r requirements-test.txt
	@touch $@
